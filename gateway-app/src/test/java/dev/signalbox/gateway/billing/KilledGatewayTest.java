package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import dev.signalbox.gateway.provider.FakeProvider;
import java.math.BigDecimal;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Two gateways, each a process of its own, killed again and again under load and started again on
/// the same disk.
class KilledGatewayTest {
  private static final int KILLS = 20;
  private static final String ADMIN = "an-operator-key-for-tests-only";

  @TempDir Path directory;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final DatabaseAddress database = PostgresFixture.migrated();

  /// What callers saw to its end: the cost of each generation, by id.
  private final Map<String, BigDecimal> seen = new ConcurrentHashMap<>();

  private volatile boolean over;

  private final class Replica implements Runnable {
    final int number;
    final int port;
    final Path catalog;
    final Random random;
    volatile Process process;
    volatile int kills;

    Replica(int number, Path catalog) throws Exception {
      this.number = number;
      this.catalog = catalog;
      this.random = new Random(number);
      try (var probe = new ServerSocket(0)) {
        port = probe.getLocalPort();
      }
    }

    String base() {
      return "http://127.0.0.1:" + port;
    }

    void start() throws Exception {
      process =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-Xmx256m",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SignalboxApplication.class.getName(),
                  "--server.port=" + port,
                  "--management.server.port=0",
                  "--signalbox.database-url=" + PostgresFixture.url(database),
                  "--signalbox.data=" + directory.resolve("data-" + number),
                  "--signalbox.catalog=" + catalog,
                  "--signalbox.pepper=a-pepper-that-both-of-them-share",
                  "--signalbox.admin-key=" + ADMIN)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(directory.resolve("log-" + number).toFile()))
              .start();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
      while (!answers()) {
        assertThat(process.isAlive()).as("see the log of replica " + number).isTrue();
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(20);
      }
    }

    private boolean answers() {
      try {
        return http.send(
                    HttpRequest.newBuilder(URI.create(base() + "/api/v1/models/count")).build(),
                    BodyHandlers.ofString())
                .statusCode()
            == 200;
      } catch (Exception notYet) {
        return false;
      }
    }

    /// Kills it at random moments, and starts it again.
    @Override
    public void run() {
      try {
        while (kills < KILLS / 2) {
          int before = seen.size();
          for (int i = 0; i < 250 && seen.size() < before + 4; i++) {
            Thread.sleep(20);
          }
          Thread.sleep(random.nextInt(300));
          process.destroyForcibly().waitFor();
          kills++;
          start();
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void whatACallerSawToItsEndIsInTheLedgerOnceWhateverDies() throws Exception {
    try (var good = FakeProvider.start();
        var bad = FakeProvider.start()) {
      good.usually(FakeProvider.answers("a few words for everyone"));
      bad.usually(FakeProvider.raw(500, "{\"error\":{\"message\":\"no\"}}"));
      var catalog = directory.resolve("catalog.yaml");
      Files.writeString(
          catalog,
          """
          providers:
            - {slug: bad, name: Bad, dialect: openai, base_url: "%s"}
            - {slug: good, name: Good, dialect: openai, base_url: "%s"}
          models:
            - id: acme/alpha
              endpoints:
                - {provider: bad, pricing: {prompt: "0.000001", completion: "0.000002"}}
                - {provider: good, pricing: {prompt: "0.0000015", completion: "0.0000037"}}
          markup: {percent: "5.5"}
          """
              .formatted(bad.url(), good.url()));
      var replicas = List.of(new Replica(0, catalog), new Replica(1, catalog));
      try {
        replicas.get(0).start();
        replicas.get(1).start();
        String free = newKey(replicas.get(0).base(), "{\"name\":\"free\"}");
        String tight = newKey(replicas.get(0).base(), "{\"name\":\"tight\",\"limit\":0.004}");
        List<Thread> clients = clients(replicas, free, tight);
        var killers = replicas.stream().map(Thread.ofPlatform()::start).toList();
        for (Thread killer : killers) {
          killer.join();
        }
        Thread.sleep(300);
        over = true;
        for (Thread client : clients) {
          client.join();
        }
        assertThat(replicas.stream().mapToInt(replica -> replica.kills).sum()).isEqualTo(KILLS);
        everythingSeenIsRecordedOnce(tight);
        assertThat(seen).hasSizeGreaterThan(60);
      } finally {
        over = true;
        replicas.forEach(
            replica -> {
              if (replica.process != null) {
                replica.process.destroyForcibly();
              }
            });
      }
    }
  }

  private String newKey(String base, String body) throws Exception {
    var made =
        http.send(
            HttpRequest.newBuilder(URI.create(base + "/api/v1/keys"))
                .header("Authorization", "Bearer " + ADMIN)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return new JsonMapper().readTree(made.body()).path("key").asString();
  }

  private List<Thread> clients(List<Replica> replicas, String free, String tight) {
    var clients = new ArrayList<Thread>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int turn = number; !over; turn++) {
                      String key = turn % 5 == 0 ? tight : free;
                      ask(replicas.get(turn % 2).base(), key, turn);
                    }
                  }));
    }
    return clients;
  }

  private void ask(String base, String key, int turn) {
    boolean stream = turn % 3 != 0;
    String provider = turn % 4 == 0 ? ",\"provider\":{\"order\":[\"bad\",\"good\"]}" : "";
    var request =
        HttpRequest.newBuilder(URI.create(base + "/api/v1/chat/completions"))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(20))
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"acme/alpha\",\"max_tokens\":20,\"stream\":%s%s,"
                            .formatted(stream, provider)
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"))
            .build();
    try {
      if (turn % 11 == 0) {
        // A caller who leaves.
        http.sendAsync(request, BodyHandlers.ofString()).orTimeout(5, TimeUnit.MILLISECONDS).join();
        return;
      }
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      boolean whole =
          response.statusCode() == 200 && (!stream || response.body().endsWith("data: [DONE]\n\n"));
      if (whole) {
        String cost = response.body().replaceAll("(?s).*\"cost\":([0-9.]+).*", "$1");
        String id = response.headers().firstValue("X-Generation-Id").orElseThrow();
        BigDecimal before = seen.put(id, new BigDecimal(cost));
        assertThat(before).isNull();
      }
    } catch (Exception killed) {
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void everythingSeenIsRecordedOnce(String tight) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    Map<String, BigDecimal> recorded = recorded();
    while (!recorded.keySet().containsAll(seen.keySet()) && System.nanoTime() < deadline) {
      Thread.sleep(100);
      recorded = recorded();
    }
    assertThat(recorded.keySet()).containsAll(seen.keySet());
    for (var one : seen.entrySet()) {
      assertThat(recorded.get(one.getKey())).as(one.getKey()).isEqualByComparingTo(one.getValue());
    }
    assertThat(
            query(
                "SELECT count(*) FROM (SELECT id FROM usage_record GROUP BY 1 HAVING count(*) > 1)"
                    + " x"))
        .isEqualTo("0");
    assertThat(query("SELECT rule FROM ledger_check() WHERE wrong > 0")).isEqualTo("none");
    String billed =
        query(
            "SELECT coalesce(sum(charged), 0) FROM usage_record WHERE key_hash = '%s'"
                .formatted(KeySecret.hash(tight)));
    assertThat(new BigDecimal(billed)).isLessThanOrEqualTo(new BigDecimal("0.004"));
  }

  private Map<String, BigDecimal> recorded() throws Exception {
    var recorded = new java.util.HashMap<String, BigDecimal>();
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var rows =
            connection.createStatement().executeQuery("SELECT id, charged FROM usage_record")) {
      while (rows.next()) {
        assertThat(recorded.put(rows.getString(1), rows.getBigDecimal(2))).isNull();
      }
    }
    return recorded;
  }

  private String query(String sql) throws Exception {
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var rows = connection.createStatement().executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : "none";
    }
  }
}
