package dev.signalbox.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import dev.signalbox.vitals.Health;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

/// What one replica has seen, the others know: two gateways on one database.
class ReplicasTest {
  private static final EndpointId PA = new EndpointId("acme/alpha@pa");

  @TempDir static Path directory;

  private static FakeProvider pa;
  private static FakeProvider pb;
  private static DatabaseAddress database;
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
          - id: acme/measured
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
              - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}}
        """
            .formatted(pa.url(), pb.url()));
    database = PostgresFixture.migrated();
    one = gateway(file, "one");
    other = gateway(file, "other");
  }

  private static RunningGateway gateway(Path file, String name) throws Exception {
    return new RunningGateway(
        database,
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
  }

  private static JsonNode listed(RunningGateway gateway, String model, String tag)
      throws Exception {
    JsonNode data =
        RunningGateway.json(
                gateway.call("GET", "/api/v1/models/acme/" + model + "/endpoints", one.key, null))
            .path("data");
    for (JsonNode row : data.path("endpoints")) {
      if (row.path("tag").asString().equals(tag)) {
        return row;
      }
    }
    throw new AssertionError("not listed: " + tag);
  }

  private static void ask(RunningGateway gateway, String model, String provider) throws Exception {
    gateway.send(
        gateway.chat(
            one.key,
            "\"model\":\"acme/" + model + "\",\"provider\":{\"only\":[\"" + provider + "\"]}"));
  }

  @Test
  void whatOneMeasuredTheOtherListsAndPlansBy() throws Exception {
    pb.usually(FakeProvider.answers("one two three four five"));
    for (int i = 0; i < 20; i++) {
      ask(one, "measured", "pb");
    }
    VitalsBoard board = one.context.getBean(VitalsBoard.class);
    var measured = new EndpointId("acme/measured@pb");
    for (int i = 0; i < 3; i++) {
      board.toolAnswer(measured, i > 0);
    }
    JsonNode here = listed(one, "measured", "pb");
    assertThat(here.path("latency_last_30m").path("p50").doubleValue()).isPositive();
    // Ten seconds are told when they are over.
    for (String field : new String[] {"latency_last_30m", "throughput_last_30m"}) {
      Eventually.holds(
          "the other replica lists what one measured: " + field,
          () ->
              listed(other, "measured", "pb")
                  .path(field)
                  .equals(listed(one, "measured", "pb").path(field)));
    }
    Eventually.holds(
        "the other replica knows of one's tool calls",
        () -> other.context.getBean(VitalsBoard.class).snapshot().of(measured).toolAnswers() == 3);
    assertThat(other.context.getBean(VitalsBoard.class).snapshot().of(measured).toolErrors())
        .isOne();
    JsonNode there = listed(other, "measured", "pb");
    for (String field : new String[] {"uptime_last_5m", "uptime_last_30m", "uptime_last_1d"}) {
      assertThat(there.path(field).doubleValue()).isEqualTo(100);
    }
    assertThat(there.path("status").asInt(-9)).isZero();
    Eventually.holds(
        "the other replica sorts by what one measured", () -> firstBySpeed(other).equals("PB"));

    JsonNode stranger =
        RunningGateway.json(other.get(other.base + "/api/v1/models/acme/measured/endpoints"));
    for (JsonNode row : stranger.path("data").path("endpoints")) {
      assertThat(row.path("latency_last_30m").isNull()).isTrue();
      assertThat(row.path("throughput_last_30m").isNull()).isTrue();
    }
  }

  /// Measured beats never measured.
  private static String firstBySpeed(RunningGateway gateway) throws Exception {
    var explained =
        gateway.call(
            "POST",
            "/api/v1/routing/explain",
            one.key,
            "{\"model\":\"acme/measured\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                + "\"provider\":{\"sort\":\"throughput\"}}");
    JsonNode attempts = RunningGateway.json(explained).path("data").path("attempts");
    return attempts.path(0).path("provider").asString();
  }

  @Test
  void anOutageSeenByOneIsBelievedByTheOtherUntilItKnowsBetter() throws Exception {
    var there = other.context.getBean(Breakers.class);
    var here = one.context.getBean(Breakers.class);
    pa.usually(FakeProvider.raw(500, "{}"));
    for (int i = 0; i < 4; i++) {
      ask(one, "alpha", "pa");
    }
    assertThat(here.healthOf(PA)).isEqualTo(Health.DOWN);
    Eventually.holds(
        "the other replica hears of the outage", () -> there.healthOf(PA) == Health.DOWN);
    assertThat(listed(other, "alpha", "pa").path("status").asInt()).isEqualTo(-2);
    int before = pa.requests().size();
    for (int i = 0; i < 10; i++) {
      assertThat(other.send(other.chat(one.key, "\"model\":\"acme/alpha\"")).body())
          .contains("\"provider\":\"PB\"");
    }
    assertThat(pa.requests()).hasSize(before);

    // It answers here: what was heard before that no longer counts.
    pa.usually(FakeProvider.answers("fine"));
    ask(other, "alpha", "pa");
    ask(other, "alpha", "pa");
    Eventually.holds("trials end the outage", () -> there.healthOf(PA) == Health.STABLE);
    Thread.sleep(600);
    assertThat(there.healthOf(PA)).isEqualTo(Health.STABLE);
    // Down, or on trial by now.
    assertThat(here.healthOf(PA)).isNotEqualTo(Health.STABLE);
    here.forget();
  }

  @Test
  void aCoolDownIsSharedAsTheCredentialIs() throws Exception {
    here().forget();
    pb.next(FakeProvider.rateLimits(30));
    ask(one, "alpha", "pb");
    var pbId = new EndpointId("acme/alpha@pb");
    Eventually.holds(
        "the other replica waits too",
        () -> other.context.getBean(Breakers.class).healthOf(pbId) == Health.LIMITED);
    assertThat(other.context.getBean(Breakers.class).coolDown(pbId).orElseThrow())
        .isBetween(Duration.ofMillis(1), Duration.ofSeconds(30));
    here().forget();
    other.context.getBean(Breakers.class).forget();
  }

  private static Breakers here() {
    return one.context.getBean(Breakers.class);
  }

  @Test
  void withoutTheTablesEachGoesByItself() throws Exception {
    PostgresFixture.execute(database, "ALTER TABLE replica_vitals RENAME TO gone");
    try {
      Thread.sleep(700);
      assertThat(one.send(one.chat("\"model\":\"acme/alpha\"")).statusCode()).isEqualTo(200);
    } finally {
      PostgresFixture.execute(database, "ALTER TABLE gone RENAME TO replica_vitals");
    }
  }

  @Test
  void oldRowsBecomeFewAndCountTheSame() throws Exception {
    PostgresFixture.execute(
        database,
        """
        INSERT INTO replica_vitals (replica, endpoint_id, slot, successes, failures, tool_answers,
                                    tool_errors, counts, told_at)
        SELECT '00000000-0000-0000-0000-000000000001', 'acme/alpha@old', slot, 3, 1, 2, 1, '\\x0101',
               to_timestamp(slot * 10)
        FROM generate_series(floor(extract(epoch FROM now()) / 600)::bigint * 60 - 600,
                             floor(extract(epoch FROM now()) / 600)::bigint * 60 - 481) AS slot
        """);
    var vitals =
        new SharedVitals(
            one.context.getBean(DatabaseClient.class), one.context.getBean(VitalsBoard.class));
    vitals.tidy().block(Eventually.PATIENCE);
    vitals.tidy().block(Eventually.PATIENCE);
    Long[] rows =
        one.context
            .getBean(DatabaseClient.class)
            .sql(
                "SELECT count(*) AS rows, sum(successes) AS successes, sum(failures) AS failures,"
                    + " sum(tool_answers) AS answers, sum(tool_errors) AS errors"
                    + " FROM replica_vitals WHERE endpoint_id = 'acme/alpha@old'")
            .map(
                row ->
                    new Long[] {
                      row.get("rows", Long.class),
                      row.get("successes", Long.class),
                      row.get("failures", Long.class),
                      row.get("answers", Long.class),
                      row.get("errors", Long.class)
                    })
            .one()
            .block(Eventually.PATIENCE);
    assertThat(rows).containsExactly(2L, 360L, 120L, 240L, 120L);
    // A replica that starts has a day's past.
    var board =
        new VitalsBoard(
            new Breakers(Breakers.Rule.DEFAULT, System::nanoTime), System::currentTimeMillis);
    new SharedVitals(one.context.getBean(DatabaseClient.class), board)
        .hear(java.util.UUID.randomUUID(), Duration.ofDays(1))
        .block(Eventually.PATIENCE);
    assertThat(board.listing(new EndpointId("acme/alpha@old")).uptimeDay()).isEqualTo(0.75);
    assertThat(board.listing(new EndpointId("acme/alpha@old")).uptime5Minutes()).isEqualTo(-1);
  }
}
