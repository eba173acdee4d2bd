package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.OwnPostgres;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PostgreSQL is killed under load, stays away, comes back, and is frozen for a while.
class DatabaseOutageTest {
  private static final int CLIENTS = 16;

  @TempDir Path directory;

  private final Map<String, BigDecimal> seen = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Asked> answers = new ConcurrentLinkedQueue<>();
  private volatile String phase = "before";
  private volatile boolean over;

  private record Asked(String phase, String key, Told told) {}

  @Test
  void whatIsServedWhileTheDatabaseIsAwayIsInTheLedgerWhenItIsBack() throws Exception {
    try (var postgres = PostgresFixture.own(directory);
        var provider = FakeProvider.start()) {
      Path catalog = directory.resolve("catalog.yaml");
      // Ten prompt and two answer tokens: 0.0000037 dollars a request, with the markup.
      Files.writeString(
          catalog,
          """
          providers:
            - {slug: acme, name: Acme, dialect: openai, base_url: "%s"}
          models:
            - id: acme/alpha
              endpoints:
                - {provider: acme, pricing: {prompt: "0.0000003", completion: "0.0000003"}}
          markup: {percent: "2.5"}
          """
              .formatted(provider.url()));
      LedgerAtRest ledger = new LedgerAtRest(postgres.address());
      try (var gateway =
          new GatewayProcess(directory, 0, PostgresFixture.url(postgres.address()), catalog)
              .start()) {
        String roomy = gateway.newKey("{\"name\":\"roomy\",\"limit\":1000}");
        String tight = gateway.newKey("{\"name\":\"tight\",\"limit\":0.002}");
        String unseen = gateway.newKey("{\"name\":\"unseen\"}");
        List<Thread> clients = clients(gateway.base(), roomy, tight);
        awaitAnswers("before", roomy, 50);

        phase = "away";
        postgres.kill();
        long awayNanos = System.nanoTime();
        Told stranger = Told.by(gateway.base(), unseen, false, "");
        assertThat(stranger.status()).as(stranger.body()).isEqualTo(503);
        assertThat(stranger.retryAfter()).isPresent();
        Thread.sleep(12_000);
        Eventually.holds("it is noticed", () -> gateway.metric("signalbox_credit_cut_off") == 1);
        awaitAnswers("away", roomy, 200);
        assertThat(gateway.metric("signalbox_journal_depth")).isPositive();
        long away = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - awayNanos);

        phase = "back";
        postgres.start();
        double waiting = gateway.metric("signalbox_journal_depth");
        long backNanos = System.nanoTime();
        awaitDrained(gateway);
        long drained = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - backNanos);
        awaitAnswers("back", roomy, 50);
        assertThat(Told.by(gateway.base(), unseen, false, "").status()).isEqualTo(200);

        phase = "frozen";
        postgres.freeze();
        Thread.sleep(4_000);
        awaitAnswers("frozen", roomy, 50);
        postgres.thaw();
        phase = "after";
        awaitAnswers("after", roomy, 50);

        over = true;
        for (Thread client : clients) {
          client.join();
        }
        awaitDrained(gateway);
        System.out.printf(
            "database away for %d ms: %d answers; %.0f records waited, drained in %d ms;"
                + " frozen for 4 s: %d answers%n",
            away, count("away", roomy), waiting, drained, count("frozen", roomy));
        bothDie(gateway, postgres, roomy);
        everyAnswerWasRight(roomy, tight);
        ledger.holds(seen);
        everySumIsTheSame(ledger, roomy, tight);
      }
    } finally {
      over = true;
    }
  }

  /// What was answered without the database waits on the gateway's disk, whatever becomes of it.
  private void bothDie(GatewayProcess gateway, OwnPostgres postgres, String key) throws Exception {
    postgres.kill();
    for (int i = 0; i < 50; i++) {
      Told told = Told.by(gateway.base(), key, i % 2 == 0, ",\"max_tokens\":8");
      assertThat(told.isWhole()).as(told.body()).isTrue();
      seen.put(told.id().orElseThrow(), told.cost());
    }
    gateway.kill();
    postgres.start();
    gateway.start();
    awaitDrained(gateway);
  }

  private List<Thread> clients(String base, String roomy, String tight) {
    var clients = new ArrayList<Thread>();
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int turn = number; !over; turn++) {
                      ask(base, turn % 8 == 0 ? tight : roomy, turn % 3 == 0);
                    }
                  }));
    }
    return clients;
  }

  private void ask(String base, String key, boolean stream) {
    String when = phase;
    try {
      Told told = Told.by(base, key, stream, ",\"max_tokens\":8");
      answers.add(new Asked(when.equals(phase) ? when : when + "-" + phase, key, told));
      if (told.isWhole()) {
        assertThat(seen.put(told.id().orElseThrow(), told.cost())).isNull();
      }
      // A bounded load: what is looked for is not speed.
      Thread.sleep(told.status() == 200 ? 20 : 100);
    } catch (Exception e) {
      answers.add(
          new Asked(
              when,
              key,
              new Told(
                  0,
                  e.toString(),
                  stream,
                  java.util.Optional.empty(),
                  java.util.Optional.empty())));
    }
  }

  private long count(String when, String key) {
    return answers.stream()
        .filter(one -> one.phase().equals(when) && one.key().equals(key) && one.told().isWhole())
        .count();
  }

  private void awaitAnswers(String when, String key, long number) throws Exception {
    Eventually.holds(number + " answers " + when, () -> count(when, key) >= number);
  }

  private static void awaitDrained(GatewayProcess gateway) throws Exception {
    Eventually.holds(
        "no record waits for long", () -> gateway.metric("signalbox_journal_oldest_seconds") <= 1);
  }

  private void everyAnswerWasRight(String roomy, String tight) {
    // A key with leased credit did not notice that the database was away, or frozen.
    assertThat(answers)
        .filteredOn(one -> one.key().equals(roomy))
        .allMatch(one -> one.told().isWhole());
    // One whose slice is used up is told to come back, and that it must pay only once that is
    // known.
    assertThat(answers)
        .filteredOn(one -> one.key().equals(tight))
        .allMatch(one -> one.told().isWhole() || List.of(402, 503).contains(one.told().status()));
    assertThat(answers)
        .filteredOn(one -> one.phase().equals("away"))
        .noneMatch(one -> List.of(401, 402, 403).contains(one.told().status()));
    assertThat(answers)
        .filteredOn(one -> one.told().status() == 503)
        .allMatch(
            one ->
                one.told().retryAfter().isPresent() && one.told().body().contains("\"code\":503"));
  }

  private void everySumIsTheSame(LedgerAtRest ledger, String roomy, String tight) throws Exception {
    BigDecimal told = seen.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    String keys =
        "key_hash IN ('%s', '%s')".formatted(KeySecret.hash(roomy), KeySecret.hash(tight));
    assertThat(ledger.sum("SELECT sum(charged) FROM usage_record WHERE " + keys))
        .isEqualByComparingTo(told);
    assertThat(ledger.sum("SELECT sum(charged) FROM usage_rollup WHERE " + keys))
        .isEqualByComparingTo(told);
    assertThat(
            ledger.sum(
                "SELECT sum((fresh_prompt_tokens + visible_tokens) * 0.0000003 * 1.025)"
                    + " FROM usage_record WHERE "
                    + keys))
        .isEqualByComparingTo(told);
    assertThat(
            ledger.sum(
                "SELECT sum(charged) FROM usage_record WHERE key_hash = '%s'"
                    .formatted(KeySecret.hash(tight))))
        .isLessThanOrEqualTo(new BigDecimal("0.002"));
  }
}
