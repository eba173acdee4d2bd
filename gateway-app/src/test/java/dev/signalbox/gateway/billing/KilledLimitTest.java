package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/// Two keys with a dollar each, one served by two gateways and one by four, each asked by 64
/// clients for as long as there is credit, while gateways are killed and started again.
class KilledLimitTest {
  private static final BigDecimal DOLLAR = BigDecimal.ONE;

  /// Ten prompt and two answer tokens.
  private static final BigDecimal PRICE = new BigDecimal("0.0004");

  private static final int CLIENTS = 64;
  private static final int KILLS = 4;

  @TempDir Path directory;

  private final List<GatewayProcess> gateways = new ArrayList<>();
  private final DatabaseAddress database = PostgresFixture.migrated();
  private final LedgerAtRest ledger = new LedgerAtRest(database);
  private final Map<String, BigDecimal> seen = new ConcurrentHashMap<>();

  /// How much longer answers take: a machine on which a gateway comes back slowly must not have
  /// spent the dollar by then.
  private volatile int slower = 1;

  @AfterEach
  void stop() {
    gateways.forEach(GatewayProcess::close);
  }

  /// What happened to one key.
  private final class Run {
    final String key;
    final int replicas;
    final ConcurrentLinkedQueue<Told> answers = new ConcurrentLinkedQueue<>();
    final Map<String, BigDecimal> told = new ConcurrentHashMap<>();
    final AtomicInteger brokenOff = new AtomicInteger();
    final AtomicInteger next = new AtomicInteger();

    /// What callers had been told in all when the first of them was refused.
    volatile BigDecimal atFirstRefusal;

    Run(String key, int replicas) {
      this.key = key;
      this.replicas = replicas;
    }

    BigDecimal sum() {
      return told.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    List<Thread> clients() {
      var clients = new ArrayList<Thread>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofVirtual().start(this::askUntilRefused));
      }
      return clients;
    }

    private void askUntilRefused() {
      for (int refused = 0; refused < 2; ) {
        int turn = next.getAndIncrement();
        try {
          boolean stream = turn % 3 == 0;
          String base = gateways.get(turn % replicas).base();
          Told answer = Told.by(base, key, stream, ",\"max_tokens\":8");
          answers.add(answer);
          if (answer.isWhole()) {
            assertThat(told.put(answer.id().orElseThrow(), answer.cost())).isNull();
            seen.put(answer.id().orElseThrow(), answer.cost());
          }
          if (answer.status() == 402) {
            refused++;
            if (atFirstRefusal == null) {
              atFirstRefusal = sum();
            }
          } else if (answer.status() == 503) {
            Thread.sleep(200);
          }
        } catch (ConnectException down) {
          pause();
        } catch (IOException killed) {
          brokenOff.incrementAndGet();
          pause();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aDollarIsADollarWhoeverDies() throws Exception {
    try (var provider = FakeProvider.start()) {
      FakeProvider.Script answer = FakeProvider.answers("Hi there");
      // Slow enough for gateways to die and to come back before the dollar is gone.
      provider.usually(
          (body, response) ->
              Mono.delay(Duration.ofMillis(slower * ThreadLocalRandom.current().nextInt(300, 900)))
                  .then(Mono.defer(() -> Mono.from(answer.answer(body, response)))));
      Path catalog = directory.resolve("catalog.yaml");
      Files.writeString(
          catalog,
          """
          providers:
            - {slug: acme, name: Acme, dialect: openai, base_url: "%s"}
          models:
            - id: acme/alpha
              endpoints:
                - {provider: acme, pricing: {prompt: "0.00002", completion: "0.0001"}}
          """
              .formatted(provider.url()));
      for (int i = 0; i < 4; i++) {
        var gateway = new GatewayProcess(directory, i, PostgresFixture.url(database), catalog);
        gateways.add(gateway);
        gateway.launch();
        if (i == 0) {
          // The first one makes the account; then the others come up at once.
          gateway.awaitAnswers();
        }
      }
      for (GatewayProcess gateway : gateways) {
        gateway.awaitAnswers();
      }
      String body = "{\"name\":\"dollar\",\"limit\":1}";
      var runs =
          List.of(
              new Run(gateways.getFirst().newKey(body), 2),
              new Run(gateways.getFirst().newKey(body), 4));
      var clients = new ArrayList<Thread>();
      runs.forEach(run -> clients.addAll(run.clients()));
      int kills = killAndStartAgain(runs);
      for (Thread client : clients) {
        client.join();
      }
      awaitDrained();
      ledger.holds(seen);
      BigDecimal charged = BigDecimal.ZERO;
      for (Run run : runs) {
        charged = charged.add(check(run));
      }
      exposureIsWhatWasRunning(provider, runs, charged, kills);
      for (GatewayProcess gateway : gateways) {
        gateway.stop();
      }
      ledger.isQuiet();
    }
  }

  /// Kills one gateway after another while there is credit.
  private int killAndStartAgain(List<Run> runs) throws Exception {
    var random = new Random(4);
    int kills = 0;
    while (kills < KILLS && runs.stream().anyMatch(run -> run.atFirstRefusal == null)) {
      int before = seen.size();
      while (seen.size() < before + 150
          && runs.stream().anyMatch(run -> run.atFirstRefusal == null)) {
        Thread.sleep(10);
      }
      // The first two serve both keys.
      GatewayProcess gateway = gateways.get(kills < 2 ? kills : random.nextInt(4));
      gateway.kill();
      kills++;
      slower = kills < 2 ? 10 : 1;
      gateway.start();
      slower = 1;
    }
    assertThat(kills).as("kills while there was credit").isGreaterThanOrEqualTo(2);
    return kills;
  }

  private void awaitDrained() throws Exception {
    for (GatewayProcess gateway : gateways) {
      while (gateway.metric("signalbox_journal_depth") > 0) {
        Thread.sleep(50);
      }
    }
  }

  private BigDecimal check(Run run) throws Exception {
    String of = " FROM usage_record WHERE key_hash = '" + KeySecret.hash(run.key) + "'";
    BigDecimal charged = ledger.sum("SELECT sum(charged)" + of);
    assertThat(charged).isLessThanOrEqualTo(DOLLAR);
    assertThat(charged).isGreaterThanOrEqualTo(new BigDecimal("0.98"));
    assertThat(ledger.sum("SELECT sum(overrun)" + of)).isZero();
    // A record whose last bytes were on their way when the gateway died was charged and not seen.
    assertThat(run.sum()).isLessThanOrEqualTo(charged);
    assertThat(charged.subtract(run.sum()))
        .isLessThanOrEqualTo(PRICE.multiply(BigDecimal.valueOf(run.brokenOff.get())));
    assertThat(run.answers)
        .allMatch(one -> one.isWhole() || one.status() == 402 || one.status() == 503);
    // All 64 may hold what an answer of eight tokens costs at most: 402 says that the rest is held
    // or spent.
    assertThat(run.atFirstRefusal).isGreaterThanOrEqualTo(new BigDecimal("0.9"));
    return charged;
  }

  /// What the operator pays for is what ran where a gateway died, and nothing else.
  private void exposureIsWhatWasRunning(
      FakeProvider provider, List<Run> runs, BigDecimal charged, int kills) {
    BigDecimal upstream = PRICE.multiply(BigDecimal.valueOf(provider.requests().size()));
    int brokenOff = runs.stream().mapToInt(run -> run.brokenOff.get()).sum();
    BigDecimal exposure = upstream.subtract(charged);
    System.out.printf(
        "%d kills: charged %s of 2 dollars, %s spent upstream, %d calls broken off, exposure %s%n",
        kills,
        charged.toPlainString(),
        upstream.toPlainString(),
        brokenOff,
        exposure.toPlainString());
    assertThat(exposure).isGreaterThanOrEqualTo(BigDecimal.ZERO);
    assertThat(exposure).isLessThanOrEqualTo(PRICE.multiply(BigDecimal.valueOf(brokenOff)));
  }
}
