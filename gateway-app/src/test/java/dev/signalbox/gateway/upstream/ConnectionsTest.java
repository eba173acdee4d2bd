package dev.signalbox.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;

/// Calls on real sockets, in the clear and under TLS, to servers of HTTP/1.1 and HTTP/2.
class ConnectionsTest {
  private static final LoopResources LOOPS = LoopResources.create("test", 1, true);
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path directory;
  private static KeyStore store;

  private final List<String> versions = new CopyOnWriteArrayList<>();
  private final List<String> peers = new CopyOnWriteArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private @Nullable DisposableServer server;
  private @Nullable Connections connections;

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path file = directory.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
  }

  @AfterAll
  static void stopLoops() {
    LOOPS.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block();
  }

  @AfterEach
  void stop() {
    if (connections != null) {
      connections.close();
    }
    if (server != null) {
      server.disposeNow(Eventually.PATIENCE);
    }
  }

  private static TrustManagerFactory trusting() throws Exception {
    var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    return trusted;
  }

  private static SslProvider.ProtocolSslContextSpec context(boolean http2, KeyManagerFactory keys) {
    return http2 ? Http2SslContextSpec.forServer(keys) : Http11SslContextSpec.forServer(keys);
  }

  private DisposableServer serve(HttpProtocol... tls) throws Exception {
    HttpServer http = HttpServer.create().host("127.0.0.1").port(0);
    if (tls.length > 0) {
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      http =
          http.protocol(tls)
              .secure(
                  spec -> spec.sslContext(context(List.of(tls).contains(HttpProtocol.H2), keys)));
    }
    server =
        http.handle(
                (request, response) -> {
                  versions.add(request.protocol());
                  peers.add(String.valueOf(request.remoteAddress()));
                  if (request.uri().equals("/deaf")) {
                    return Mono.never();
                  }
                  return request
                      .receive()
                      .aggregate()
                      .asString()
                      .defaultIfEmpty("")
                      .flatMap(
                          body ->
                              switch (request.uri()) {
                                case "/echo" -> response.sendString(Mono.just(body)).then();
                                case "/flood" ->
                                    response
                                        .send(
                                            Flux.range(0, 100_000)
                                                .doOnNext(_ -> sent.addAndGet(1_000))
                                                .map(_ -> Unpooled.wrappedBuffer(new byte[1_000])),
                                            _ -> true)
                                        .then();
                                case "/never" -> Mono.<Void>never();
                                default -> Mono.<Void>error(new IllegalStateException("cut"));
                              });
                })
            .bindNow();
    return server;
  }

  private Connections connect(@Nullable TrustManagerFactory trusted, int most, int waiting) {
    connections =
        new Connections(
            LOOPS,
            DefaultAddressResolverGroup.INSTANCE,
            DefaultAddressResolverGroup.INSTANCE,
            new Tls(trusted),
            most,
            waiting);
    return connections;
  }

  /// An attempt and what came of it.
  private static final class Call implements HttpAttempt.Listener {
    final CompletableFuture<String> answer = new CompletableFuture<>();
    final CompletableFuture<Integer> head = new CompletableFuture<>();
    final StringBuilder text = new StringBuilder();
    final boolean reads;
    volatile long taken;
    volatile @Nullable HttpAttempt attempt;

    Call(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void head(HttpAttempt attempt, int status, HttpHeaders headers) {
      head.complete(status);
    }

    @Override
    public void piece(HttpAttempt attempt, ByteBuf piece) {
      taken += piece.readableBytes();
      if (reads) {
        text.append(piece.toString(StandardCharsets.UTF_8));
        attempt.fetch();
      }
    }

    @Override
    public void end(HttpAttempt attempt, @Nullable Throwable error) {
      if (error == null) {
        answer.complete(text.toString());
      } else {
        answer.completeExceptionally(error);
      }
    }

    String text() throws Exception {
      return answer.get(60, TimeUnit.SECONDS);
    }
  }

  private Call post(Connections connections, String url, String body, boolean reads) {
    return post(connections, url, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8), reads);
  }

  private Call post(Connections connections, String url, ByteBuf body, boolean reads) {
    URI uri = URI.create(url);
    var call = new Call(reads);
    var attempt = new HttpAttempt(call, connections.anyLoop());
    call.attempt = attempt;
    var request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri.getPath(), body);
    Origin origin = Origin.of(uri, 30_000, false);
    request.headers().set(HttpHeaderNames.HOST, origin.authority());
    request.headers().set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
    attempt
        .loop()
        .execute(
            () -> {
              attempt.prepare(request);
              connections.connect(origin, attempt);
            });
    return call;
  }

  @Test
  void oneConnectionServesOneCallAfterTheOther() throws Exception {
    String url = "http://localhost:" + serve().port();
    Connections connections = connect(null, 10, 10);
    for (int i = 0; i < 5; i++) {
      assertThat(post(connections, url + "/echo", "call " + i, true).text()).isEqualTo("call " + i);
    }
    assertThat(peers).hasSize(5);
    assertThat(peers.stream().distinct()).hasSize(1);
  }

  @Test
  void underTlsHttp2IsSpokenWhereItIsOfferedAndOneConnectionTakesAllCalls() throws Exception {
    String url = "https://localhost:" + serve(HttpProtocol.H2, HttpProtocol.HTTP11).port();
    Connections connections = connect(trusting(), 10, 10);
    assertThat(post(connections, url + "/echo", "first", true).text()).isEqualTo("first");
    var calls = new ArrayList<Call>();
    for (int i = 0; i < 50; i++) {
      calls.add(post(connections, url + "/echo", "call " + i, true));
    }
    for (int i = 0; i < 50; i++) {
      assertThat(calls.get(i).text()).isEqualTo("call " + i);
    }
    assertThat(versions).hasSize(51).containsOnly("HTTP/2.0");
    assertThat(peers.stream().distinct()).hasSize(1);
  }

  @Test
  void underTlsHttp11IsSpokenWhereNothingElseIsOffered() throws Exception {
    String url = "https://localhost:" + serve(HttpProtocol.HTTP11).port();
    Connections connections = connect(trusting(), 10, 10);
    assertThat(post(connections, url + "/echo", "one", true).text()).isEqualTo("one");
    assertThat(post(connections, url + "/echo", "two", true).text()).isEqualTo("two");
    assertThat(versions).containsExactly("HTTP/1.1", "HTTP/1.1");
    assertThat(peers.stream().distinct()).hasSize(1);
  }

  @Test
  void aLongBodyComesWholeBetweenShortOnes() throws Exception {
    for (HttpProtocol[] protocols :
        new HttpProtocol[][] {{}, {HttpProtocol.HTTP11}, {HttpProtocol.H2, HttpProtocol.HTTP11}}) {
      String scheme = protocols.length == 0 ? "http" : "https";
      String url = scheme + "://localhost:" + serve(protocols).port();
      Connections connections = connect(trusting(), 1, 10);
      for (int length : List.of(9, 1_048_576, 1_048_577, 3_000_000, 9, 131_072)) {
        String body =
            IntStream.range(0, length)
                .mapToObj(i -> String.valueOf((char) ('a' + i % 23)))
                .collect(Collectors.joining());
        assertThat(post(connections, url + "/echo", body, true).text())
            .as("%s %d", scheme, length)
            .isEqualTo(body);
      }
      assertThat(peers.stream().distinct()).as(scheme).hasSize(1);
      peers.clear();
      stop();
    }
  }

  @Test
  void aLongBodyThatNobodyReadsIsNotCopiedAhead() throws Exception {
    String url = "http://localhost:" + serve().port();
    Connections connections = connect(null, 10, 10);
    long before = directBytes();
    ByteBuf body = Unpooled.wrappedBuffer(new byte[32 << 20]);
    Call call = post(connections, url + "/deaf", body, true);
    assertThat(call.answer).isNotDone();
    Thread.sleep(300);
    assertThat(directBytes() - before).isLessThan(12 << 20);
    assertThat(body.refCnt()).isPositive();
    call.attempt.cancel();
    Eventually.holds("nobody has it any more", () -> body.refCnt() == 0);
  }

  private static long directBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  @Test
  void aStrangersCertificateIsRefused() throws Exception {
    String url = "https://localhost:" + serve(HttpProtocol.HTTP11).port();
    Call call = post(connect(null, 10, 10), url + "/echo", "secret", true);
    assertThat(call.answer)
        .failsWithin(Eventually.PATIENCE)
        .withThrowableThat()
        .withCauseInstanceOf(SSLException.class);
    assertThat(versions).isEmpty();
  }

  @Test
  void aCertificateOfAnotherNameIsRefused() throws Exception {
    String url = "https://127.0.0.1:" + serve(HttpProtocol.HTTP11).port();
    Call call = post(connect(trusting(), 10, 10), url + "/echo", "secret", true);
    assertThat(call.answer)
        .failsWithin(Eventually.PATIENCE)
        .withThrowableThat()
        .withCauseInstanceOf(SSLException.class);
    assertThat(versions).isEmpty();
  }

  @Test
  void whatIsNotFetchedIsNotSent() throws Exception {
    for (HttpProtocol[] protocols :
        new HttpProtocol[][] {{}, {HttpProtocol.H2, HttpProtocol.HTTP11}}) {
      sent.set(0);
      String scheme = protocols.length == 0 ? "http" : "https";
      String url = scheme + "://localhost:" + serve(protocols).port();
      Call call = post(connect(trusting(), 10, 10), url + "/flood", "", false);
      assertThat(call.head.get(60, TimeUnit.SECONDS)).isEqualTo(200);
      Eventually.holds("something came", () -> call.taken > 0);
      long before;
      do {
        before = sent.get();
        Thread.sleep(300);
      } while (sent.get() != before);
      assertThat(call.taken).isBetween(1L, 65_536L);
      assertThat(sent.get()).isLessThan(20_000_000);
      call.attempt.cancel();
      stop();
    }
  }

  @Test
  void whoFindsNoConnectionFreeWaitsOrIsTurnedAway() throws Exception {
    String url = "http://localhost:" + serve().port();
    Connections connections = connect(null, 1, 1);
    Call busy = post(connections, url + "/never", "", true);
    Thread.sleep(200);
    Call waits = post(connections, url + "/echo", "at last", true);
    Thread.sleep(100);
    Call refused = post(connections, url + "/echo", "too many", true);
    assertThat(refused.answer)
        .failsWithin(Eventually.PATIENCE)
        .withThrowableThat()
        .withCauseInstanceOf(ConnectException.class);
    assertThat(waits.answer).isNotDone();
    busy.attempt.cancel();
    assertThat(waits.text()).isEqualTo("at last");
  }

  @Test
  void aConnectionThatBreaksIsAnErrorOfItsCall() throws Exception {
    String url = "http://localhost:" + serve().port();
    Connections connections = connect(null, 10, 10);
    server.disposeNow(Eventually.PATIENCE);
    assertThat(post(connections, url + "/echo", "x", true).answer)
        .failsWithin(Eventually.PATIENCE)
        .withThrowableThat()
        .withCauseInstanceOf(ConnectException.class);
  }
}
