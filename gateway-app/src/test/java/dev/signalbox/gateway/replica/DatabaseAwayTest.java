package dev.signalbox.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.OwnPostgres;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import dev.signalbox.vitals.Health;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Two replicas whose PostgreSQL is stopped and started again, then frozen and thawed: each routes
/// by what it measures itself, and they hear of each other again.
class DatabaseAwayTest {
  private static final EndpointId PA = new EndpointId("acme/alpha@pa");
  private static final EndpointId PB = new EndpointId("acme/alpha@pb");

  @TempDir static Path directory;

  private static FakeProvider pa;
  private static FakeProvider pb;
  private static OwnPostgres postgres;
  private static RunningGateway one;
  private static RunningGateway other;

  @BeforeAll
  static void start() throws Exception {
    pa = FakeProvider.start();
    pb = FakeProvider.start();
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(
        file,
        """
        providers:
          - {slug: pa, name: PA, dialect: openai, base_url: "%s"}
          - {slug: pb, name: PB, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
              - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}}
        """
            .formatted(pa.url(), pb.url()));
    postgres = PostgresFixture.own(directory.resolve("postgres"));
    one = gateway(file, "one");
    other = gateway(file, "other");
  }

  private static RunningGateway gateway(Path file, String name) throws Exception {
    return new RunningGateway(
        postgres.address(),
        file,
        directory.resolve(name),
        "--signalbox.pepper=a-pepper-that-both-replicas-have",
        "--signalbox.exchange.interval=200ms");
  }

  @AfterAll
  static void stop() {
    one.close();
    other.close();
    pa.close();
    pb.close();
    postgres.close();
  }

  private static HttpResponse<String> ask(RunningGateway gateway, String more) throws Exception {
    return gateway.send(gateway.chat(one.key, "\"model\":\"acme/alpha\"" + more));
  }

  private static Health health(RunningGateway gateway, EndpointId endpoint) {
    return gateway.context.getBean(Breakers.class).healthOf(endpoint);
  }

  private static JsonNode explained(RunningGateway gateway) throws Exception {
    var response =
        gateway.call(
            "POST",
            "/api/v1/routing/explain",
            one.key,
            "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response).path("data");
  }

  /// What both measured is only the same once they have told each other.
  private static boolean agree() {
    VitalsBoard here = one.context.getBean(VitalsBoard.class);
    VitalsBoard there = other.context.getBean(VitalsBoard.class);
    return here.listing(PA).equals(there.listing(PA)) && here.listing(PB).equals(there.listing(PB));
  }

  @Test
  void eachGoesByItselfAndTheyMeetAgain() throws Exception {
    // Both have seen the key and have credit at hand.
    assertThat(ask(one, "").statusCode()).isEqualTo(200);
    assertThat(ask(other, "").statusCode()).isEqualTo(200);

    postgres.stop();
    pa.usually(FakeProvider.raw(500, "{}"));
    for (int i = 0; i < 30; i++) {
      HttpResponse<String> answer = ask(one, i < 10 ? ",\"provider\":{\"order\":[\"pa\"]}" : "");
      assertThat(answer.statusCode()).as("request %d: %s", i, answer.body()).isEqualTo(200);
      assertThat(answer.body()).contains("\"provider\":\"PB\"");
    }
    assertThat(health(one, PA)).isEqualTo(Health.DOWN);
    assertThat(health(other, PA)).isEqualTo(Health.STABLE);
    JsonNode here = explained(one);
    assertThat(here.path("attempts").path(0).path("provider").asString()).isEqualTo("PB");
    assertThat(here.path("attempts").path(1).path("provider").asString()).isEqualTo("PA");
    JsonNode rowOfPb = here.path("endpoints").path(0);
    assertThat(rowOfPb.path("latency_seconds").path("p50").doubleValue()).isPositive();
    assertThat(rowOfPb.path("probability").doubleValue()).isOne();

    pa.usually(FakeProvider.answers("fine"));
    for (int i = 0; i < 5; i++) {
      assertThat(ask(other, ",\"provider\":{\"only\":[\"pa\"]}").statusCode()).isEqualTo(200);
    }
    assertThat(agree()).isFalse();

    postgres.start();
    // Ten seconds are told when they are over.
    Eventually.holds("both know what either measured while apart", DatabaseAwayTest::agree);
    assertThat(other.context.getBean(VitalsBoard.class).listing(PA).uptime5Minutes()).isLessThan(1);

    pb.next(FakeProvider.rateLimits(60));
    ask(one, ",\"provider\":{\"only\":[\"pb\"]}");
    Eventually.holds("a cool-down is heard of again", () -> health(other, PB) == Health.LIMITED);
    one.context.getBean(Breakers.class).forget();
    other.context.getBean(Breakers.class).forget();

    postgres.freeze();
    try {
      // Longer than a round of the exchange is patient.
      long until = System.nanoTime() + Duration.ofSeconds(7).toNanos();
      int slow = 0;
      int asked = 0;
      for (; System.nanoTime() < until || asked < 20; asked++) {
        long began = System.nanoTime();
        HttpResponse<String> answer = ask(asked % 2 == 0 ? one : other, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        slow += System.nanoTime() - began > Duration.ofSeconds(2).toNanos() ? 1 : 0;
        Thread.sleep(100);
      }
      // Who waits for a database that hangs waits each time; for a machine that does, now and then.
      assertThat(slow).as("slow answers of " + asked).isLessThanOrEqualTo(1 + asked / 20);
    } finally {
      postgres.thaw();
    }
    Eventually.holds("both meet once more", DatabaseAwayTest::agree);
  }
}
