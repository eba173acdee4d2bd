package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two gateways, each a process of its own, killed again and again under load and started again on
/// the same disk. The answers of one wait for the disk, those of the other do not.
class KilledGatewayTest {
  private static final int KILLS = 20;
  private static final int CLIENTS = 8;

  @TempDir Path directory;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final DatabaseAddress database = PostgresFixture.migrated();
  private final LedgerAtRest ledger = new LedgerAtRest(database);

  /// What callers saw to its end: the cost of each generation, by id.
  private final Map<String, BigDecimal> seen = new ConcurrentHashMap<>();

  private volatile boolean over;

  private final class Killer implements Runnable {
    final GatewayProcess gateway;
    final Random random;
    int kills;

    Killer(GatewayProcess gateway, int seed) {
      this.gateway = gateway;
      this.random = new Random(seed);
    }

    /// Kills it at random moments, and starts it again.
    @Override
    public void run() {
      try {
        while (kills < KILLS / 2) {
          int before = seen.size();
          for (int i = 0; i < 2_000 && seen.size() < before + 4; i++) {
            Thread.sleep(20);
          }
          Thread.sleep(random.nextInt(300));
          gateway.kill();
          kills++;
          gateway.start();
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
      String url = PostgresFixture.url(database);
      try (var first = new GatewayProcess(directory, 0, url, catalog).start();
          var second =
              new GatewayProcess(directory, 1, url, catalog, "signalbox.ledger.sync=after-answer")
                  .start()) {
        String free = first.newKey("{\"name\":\"free\"}");
        String tight = first.newKey("{\"name\":\"tight\",\"limit\":0.004}");
        List<Thread> clients = clients(List.of(first, second), free, tight);
        var killers = List.of(new Killer(first, 0), new Killer(second, 1));
        for (Thread killer : killers.stream().map(Thread.ofPlatform()::start).toList()) {
          killer.join();
        }
        Thread.sleep(300);
        over = true;
        for (Thread client : clients) {
          client.join();
        }
        assertThat(killers.stream().mapToInt(killer -> killer.kills).sum()).isEqualTo(KILLS);
        ledger.holds(seen);
        // Each replica went on with the chain it had, through ten lives.
        assertThat(ledger.query("SELECT count(*) FROM usage_chain WHERE lane = 0")).isEqualTo("2");
        assertThat(ledger.query("SELECT count(DISTINCT epoch) > 2 FROM usage_batch"))
            .isEqualTo("t");
        assertThat(ledger.sum(chargedTo(tight))).isLessThanOrEqualTo(new BigDecimal("0.004"));
        assertThat(seen).hasSizeGreaterThan(60);
        everyCallIsRecorded(good.requests().size());
        first.stop();
        second.stop();
        ledger.isQuiet();
      } finally {
        over = true;
      }
    }
  }

  /// Each call that reached the provider is in the ledger, whoever saw its end; beside those only
  /// what was noted and not yet sent when a gateway died.
  private void everyCallIsRecorded(int calls) throws Exception {
    String count = "SELECT count(*) FROM usage_record WHERE endpoint_id = 'acme/alpha@good'";
    Eventually.holds(
        "all calls are recorded", () -> Integer.parseInt(ledger.query(count)) >= calls);
    int recorded = Integer.parseInt(ledger.query(count));
    String interrupted = ledger.query(count + " AND native_finish_reason = 'gateway_stopped'");
    System.out.printf(
        "%d kills: %d answers seen, %d calls to the provider, %d recorded, %s of them"
            + " interrupted%n",
        KILLS, seen.size(), calls, recorded, interrupted);
    assertThat(recorded).isBetween(calls, calls + KILLS * CLIENTS);
  }

  private static String chargedTo(String key) {
    return "SELECT coalesce(sum(charged), 0) FROM usage_record WHERE key_hash = '%s'"
        .formatted(KeySecret.hash(key));
  }

  private List<Thread> clients(List<GatewayProcess> gateways, String free, String tight) {
    var clients = new ArrayList<Thread>();
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int turn = number; !over; turn++) {
                      String key = turn % 5 == 0 ? tight : free;
                      ask(gateways.get(turn % 2).base(), key, turn);
                    }
                  }));
    }
    return clients;
  }

  private void ask(String base, String key, int turn) {
    boolean stream = turn % 3 != 0;
    String members =
        ",\"max_tokens\":20"
            + (turn % 4 == 0 ? ",\"provider\":{\"order\":[\"bad\",\"good\"]}" : "");
    try {
      if (turn % 11 == 0) {
        // A caller who leaves.
        http.sendAsync(Told.request(base, key, stream, members), BodyHandlers.ofString())
            .orTimeout(5, TimeUnit.MILLISECONDS)
            .join();
        return;
      }
      Told told = Told.by(base, key, stream, members);
      if (told.isWhole()) {
        assertThat(seen.put(told.id().orElseThrow(), told.cost())).isNull();
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
}
