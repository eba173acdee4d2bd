package dev.signalbox.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.offer.HostRules;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.wire.ArrayPool;
import dev.signalbox.gateway.wire.Document;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/// Requests whose bytes are a document's, to a provider that reads none of them.
class UpstreamsTest {
  private static final int LENGTH = 8 << 20;

  private final Upstreams upstreams = new Upstreams(10, 10, new HostRules(Set.of()));
  private final ArrayPool arrays = new ArrayPool(1 << 30);
  private final byte[] array = arrays.take(LENGTH);
  private final Document document = Document.lent(array, LENGTH, arrays);
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<String> token = new CompletableFuture<>();
  private DisposableServer server;

  private static final class Deaf implements HttpAttempt.Listener {
    @Override
    public void head(HttpAttempt attempt, int status, HttpHeaders headers) {}

    @Override
    public void piece(HttpAttempt attempt, ByteBuf piece) {}

    @Override
    public void end(HttpAttempt attempt, @Nullable Throwable error) {}
  }

  @BeforeEach
  void serve() {
    server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) -> {
                  heard.add(request.uri());
                  return request.uri().equals("/token")
                      ? response.sendString(Mono.fromFuture(token))
                      : Mono.never();
                })
            .bindNow();
  }

  @AfterEach
  void stop() {
    upstreams.dispose();
    server.disposeNow(Eventually.PATIENCE);
  }

  private HttpAttempt send(Dialect dialect, String credential) {
    var upstream =
        new Upstream(
            EndpointId.of("acme/m", "acme"),
            URI.create("http://127.0.0.1:" + server.port()),
            false,
            "m",
            dialect,
            credential,
            Map.of(),
            Set.of(),
            Map.of(),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));
    var request =
        new UpstreamRequest("/chat", List.of(ByteBuffer.wrap(array, 0, LENGTH)), Map.of());
    return upstreams.send(upstream, request, document, null, new Deaf());
  }

  private boolean isBack() {
    return arrays.take(LENGTH) == array;
  }

  @Test
  void aDocumentIsHeldUntilItIsSentOrGivenUp() throws Exception {
    HttpAttempt attempt = send(Dialect.OPENAI, "key");
    Eventually.holds("the provider was called", () -> heard.contains("/chat"));
    document.letGo();
    assertThat(isBack()).isFalse();
    attempt.cancel();
    Eventually.holds("nobody has it any more", this::isBack);
  }

  @Test
  void whatIsGivenUpBeforeItsTokenCameIsNotSent() throws Exception {
    var key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
    String account =
        "{\"client_email\":\"a@b.example\",\"private_key_id\":\"k\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----\\n\",\"token_uri\":\"http://127.0.0.1:%d/token\"}"
            .formatted(Base64.getEncoder().encodeToString(key.getEncoded()), server.port());
    HttpAttempt attempt = send(Dialect.VERTEX, account);
    Eventually.holds("a token is asked for", () -> heard.contains("/token"));
    document.letGo();
    attempt.cancel();
    assertThat(isBack()).isFalse();
    token.complete("{\"access_token\":\"t\",\"expires_in\":3600}");
    Eventually.holds("nobody has it any more", this::isBack);
    assertThat(heard).containsExactly("/token");
  }
}
