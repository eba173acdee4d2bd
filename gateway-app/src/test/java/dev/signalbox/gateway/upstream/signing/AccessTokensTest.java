package dev.signalbox.gateway.upstream.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.db.Eventually;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

class AccessTokensTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final Stepping clock = new Stepping();
  private volatile int status = 200;
  private DisposableServer google;
  private AccessTokens tokens;

  private static final class Stepping extends Clock {
    volatile Instant now = Instant.ofEpochSecond(1_800_000_000);

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  @BeforeEach
  void start() throws Exception {
    google =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    response
                        .status(status)
                        .sendString(
                            Mono.fromCallable(
                                () ->
                                    "{\"access_token\":\"t%d\",\"expires_in\":3600}"
                                        .formatted(asked.incrementAndGet()))))
            .bindNow();
    var key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
    String account =
        "{\"client_email\":\"a@b.example\",\"private_key_id\":\"k\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----\\n\",\"token_uri\":\"http://127.0.0.1:%d/token\"}"
            .formatted(Base64.getEncoder().encodeToString(key.getEncoded()), google.port());
    tokens = new AccessTokens(account, HttpClient.create(), clock);
  }

  @AfterEach
  void stop() {
    google.disposeNow(Eventually.PATIENCE);
  }

  private String token() {
    return tokens.token().block(Eventually.PATIENCE);
  }

  @Test
  void aTokenIsUsedUntilItsEndIsNearAndRenewedMeanwhile() throws Exception {
    assertThat(token()).isEqualTo("t1");
    clock.now = clock.now.plusSeconds(3000);
    assertThat(token()).isEqualTo("t1");
    clock.now = clock.now.plusSeconds(400);
    assertThat(token()).as("nobody waits for the next").isEqualTo("t1");
    Eventually.holds("the next", () -> token().equals("t2"));
    assertThat(asked).hasValue(2);
    clock.now = clock.now.plusSeconds(3590);
    assertThat(token()).as("one that ended is not shown").isEqualTo("t3");
  }

  @Test
  void aFailureIsToldAndNotKept() {
    status = 403;
    assertThatThrownBy(this::token).hasMessageContaining("answered 403");
    status = 200;
    assertThat(token()).startsWith("t");
  }

  @Test
  void whatIsNoAccountIsRefusedWithoutItsWords() {
    var broken =
        new AccessTokens(
            "{\"private_key\":\"canary-4711\"}", HttpClient.create(), Clock.systemUTC());
    assertThatThrownBy(() -> broken.token().block(Eventually.PATIENCE))
        .hasMessageContaining("service account: not one")
        .message()
        .doesNotContain("canary");
  }
}
