package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// I10: that nothing of the ledger can be changed without its chains telling.
class LedgerChainTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final Pricing PRICES = Pricing.of("0.000001", "0.000002");

  /// What somebody can do who has the database to himself.
  private static final String PAST_TRIGGERS = "SET session_replication_role = replica;";

  private static final String AS_BEFORE =
      "SELECT usage_drain(jsonb_build_array('"
          + Books.ALL_OF_A_RECORD
          + "'::jsonb || '%s'::jsonb))";

  private Books books;
  private ApiKey key;

  @BeforeEach
  void open() {
    books = new Books();
    key = books.key(books.account("1"), null, null);
  }

  @AfterEach
  void close() {
    books.close();
  }

  private Journal.Entry entry(Instant at) {
    var record = Books.record(key, Books.id(at), at, PRICES, Usage.of(100, 10));
    return new Journal.Entry(
        0, record.id(), UsageRow.json(record, OptionalLong.empty(), OptionalLong.empty()));
  }

  private List<Journal.Entry> entries(int count, Instant at) {
    var entries = new ArrayList<Journal.Entry>();
    for (int i = 0; i < count; i++) {
      entries.add(entry(at));
    }
    return entries;
  }

  private long count(String sql) {
    return Long.parseLong(books.query(sql).getFirst());
  }

  /// Every record is in exactly one batch, and the batches of a chain follow each other.
  private void holds() {
    assertThat(books.wrong()).isEmpty();
    assertThat(count("SELECT coalesce(sum(records), 0) FROM usage_batch"))
        .isEqualTo(count("SELECT count(*) FROM usage_record"));
    assertThat(count("SELECT count(*) FROM usage_batch"))
        .isEqualTo(count("SELECT coalesce(sum(length), 0) FROM usage_chain"));
  }

  @Test
  void aBatchThatComesAgainForksNothing() {
    UsageRecords records = books.records();
    List<Journal.Entry> batch = entries(10, NOW);
    assertThat(records.insert(batch).block()).isEqualTo(10);
    assertThat(records.insert(batch).block()).isZero();
    // Halves of it, as after a refusal, and with others: what is there stays in the batch it came
    // in.
    assertThat(records.insert(batch.subList(0, 5)).block()).isZero();
    var more = new ArrayList<>(batch.subList(5, 10));
    more.addAll(entries(3, NOW));
    assertThat(records.insert(more).block()).isEqualTo(3);
    assertThat(books.query("SELECT number, records FROM usage_batch ORDER BY number"))
        .containsExactly("1 10", "2 3");
    holds();
  }

  @Test
  void whatComesPastTheJournalAndCorrectionsAreChainedToo() {
    UsageRecords records = books.records();
    List<Journal.Entry> direct = entries(20, NOW);
    direct.forEach(entry -> records.insert(entry.id(), entry.json()).block());
    records.insert(direct).block();
    books.query("SELECT usage_correct('%s', 0.00001, 'refund')".formatted(direct.get(3).id()));
    assertThat(count("SELECT count(*) FROM usage_chain WHERE lane > 0")).isEqualTo(16);
    assertThat(count("SELECT count(*) FROM usage_batch")).isEqualTo(21);
    holds();
  }

  /// Replicas that drain, repeat themselves, and lose their connections in the middle of it.
  @Test
  void connectionsThatDieInTheMiddleLeaveChainsThatHold() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var over = new AtomicBoolean();
    var brought = new AtomicInteger();
    int replicas = 2;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var drains = new ArrayList<Callable<Integer>>();
      for (int replica = 0; replica < replicas; replica++) {
        UsageRecords records = books.records();
        var own = new Random(random.nextLong());
        List<Journal.Entry> waiting = entries(600, NOW);
        drains.add(() -> drainAll(records, waiting, own, brought));
        List<Journal.Entry> direct = entries(40, NOW);
        drains.add(() -> drainAll(records, direct, new Random(own.nextLong()), brought));
      }
      var killer =
          threads.submit(
              () -> {
                int killed = 0;
                while (!over.get()) {
                  int before = brought.get();
                  Thread.sleep(5 + random.nextInt(30));
                  // On a machine where a batch takes longer than that, none would ever come
                  // through.
                  if (brought.get() == before) {
                    continue;
                  }
                  killed +=
                      books
                          .query(
                              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname"
                                  + " = current_database() AND query LIKE '%usage_drain%' AND pid"
                                  + " <> pg_backend_pid() AND state = 'active'")
                          .size();
                }
                return killed;
              });
      int failures = 0;
      for (var done : threads.invokeAll(drains)) {
        failures += done.get();
      }
      over.set(true);
      System.out.printf("%d connections killed, %d batches sent again%n", killer.get(), failures);
    }
    assertThat(count("SELECT count(*) FROM usage_record")).isEqualTo(replicas * 640L);
    assertThat(count("SELECT count(*) FROM usage_chain")).isGreaterThanOrEqualTo(replicas);
    holds();
  }

  /// Brings all of it, now and then a part that was brought before.
  private static int drainAll(
      UsageRecords records, List<Journal.Entry> waiting, Random random, AtomicInteger brought) {
    int failures = 0;
    for (int from = 0; from < waiting.size(); ) {
      int to = Math.min(waiting.size(), from + 1 + random.nextInt(30));
      int again = Math.max(0, from - random.nextInt(10));
      try {
        if (to - from == 1) {
          records
              .insert(waiting.get(from).id(), waiting.get(from).json())
              .block(Eventually.PATIENCE);
        } else {
          var batch = new ArrayList<>(waiting.subList(again, to));
          Collections.shuffle(batch, random);
          records.insert(batch).block(Eventually.PATIENCE);
        }
        from = to;
        brought.incrementAndGet();
      } catch (RuntimeException e) {
        failures++;
      }
    }
    return failures;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          UPDATE usage_record SET user_agent = 'another' WHERE id = '%s' ; changed: gen-
          UPDATE usage_record SET charged = charged + 1 WHERE id = '%s' ; changed: gen-
          UPDATE usage_record SET batch = batch + 1 WHERE id = '%s' ; too few: gen-
          DELETE FROM usage_record WHERE id = '%s' ; too few: gen-
          DELETE FROM usage_record r USING usage_record o WHERE o.id = '%s' AND r.batch = o.batch ; all gone: gen-
          INSERT INTO usage_record SELECT (jsonb_populate_record(r, jsonb_build_object('id', r.id || '0'))).* FROM usage_record r WHERE id = '%s' ; too many: gen-
          INSERT INTO usage_record SELECT (jsonb_populate_record(r, jsonb_build_object('id', r.id || '0', 'batch', 0))).* FROM usage_record r WHERE id = '%s' ; came past every batch: gen-
          UPDATE usage_batch SET records = records + 1 WHERE number = 2 ; a batch follows the one before it
          UPDATE usage_batch SET epoch = 7 WHERE number = 3 ; a batch follows the one before it
          DELETE FROM usage_batch WHERE number = 2 ; a batch follows the one before it
          DELETE FROM usage_batch WHERE number = 1 ; a batch follows the one before it
          DELETE FROM usage_batch WHERE number = 3 ; a chain ends with its last batch
          UPDATE usage_chain SET journal = gen_random_uuid() ; a batch follows the one before it
          UPDATE usage_chain SET length = 2 ; a chain ends with its last batch
          UPDATE usage_batch b SET records = 9, hash = usage_batch_hash(ROW(b.chain, b.number, b.batch, b.month, b.epoch, b.closed_at, 9, b.first_id, b.last_id, b.content, b.previous, NULL)) WHERE number = 2 ; a batch follows the one before it
          """)
  void whoeverTampersIsFoundOut(String sql, String finding) {
    UsageRecords records = books.records();
    for (int i = 0; i < 3; i++) {
      records.insert(entries(5, NOW)).block();
    }
    holds();
    String one =
        books
            .query(
                "SELECT min(r.id) FROM usage_record r JOIN usage_batch b USING (batch)"
                    + " WHERE b.number = 2")
            .getFirst();
    books.execute(PAST_TRIGGERS + sql.replace("%s", one));
    assertThat(books.wrong()).anyMatch(line -> line.contains(finding));
  }

  @Test
  void aMonthThatIsDroppedLeavesItsLinksAndTheRestIsStillChecked() {
    Instant then = NOW.minus(100, ChronoUnit.DAYS);
    books.execute("SELECT usage_partition('%s')".formatted(then));
    UsageRecords records = books.records();
    // A batch of both: an outage that ended in another month.
    var both = new ArrayList<>(entries(4, then));
    both.addAll(entries(3, NOW));
    records.insert(both).block();
    records.insert(entries(2, NOW)).block();
    assertThat(books.query("SELECT number, records FROM usage_batch ORDER BY number"))
        .containsExactly("1 4", "2 3", "3 2");
    holds();
    new Upkeep(books.database, Period.ofDays(62)).once().block();
    assertThat(count("SELECT count(*) FROM usage_record")).isEqualTo(5);
    assertThat(books.wrong()).isEmpty();
    books.execute(PAST_TRIGGERS + "DELETE FROM usage_batch WHERE number = 1");
    assertThat(books.wrong())
        .anyMatch(line -> line.startsWith("a batch follows the one before it"));
    books.execute(PAST_TRIGGERS + "DELETE FROM usage_record");
    assertThat(books.wrong()).anyMatch(line -> line.contains("2 all gone: gen-"));
  }

  @Test
  void whatWasThereBeforeChainsIsClosedWhenTheyCome() {
    var before = PostgresFixture.empty();
    Flyway.configure()
        .dataSource(before.jdbcUrl(), before.user(), before.password())
        .target("45")
        .load()
        .migrate();
    try (var old = new Books(before)) {
      key = old.key(old.account("1"), null, null);
      for (Journal.Entry entry : entries(30, NOW)) {
        old.query(AS_BEFORE.formatted(entry.text()));
      }
      Flyway.configure()
          .dataSource(before.jdbcUrl(), before.user(), before.password())
          .load()
          .migrate();
      assertThat(old.query("SELECT records FROM usage_batch")).containsExactly("30");
      assertThat(old.wrong()).isEmpty();
      // A replica of the version before goes on while others are replaced.
      old.query(AS_BEFORE.formatted(entry(NOW).text()));
      assertThat(old.wrong()).isEmpty();
      old.execute(
          PAST_TRIGGERS + "DELETE FROM usage_record WHERE id = (SELECT min(id) FROM usage_record)");
      assertThat(old.wrong()).anyMatch(line -> line.contains("too few: gen-"));
    }
  }

  /// A column that is added and not sealed could be changed unseen, and one that is not brought
  /// would be lost. Of these two, the one follows from the id, and a batch is what is sealed.
  @ParameterizedTest
  @ValueSource(strings = {"usage_seal(usage_record)", "usage_drain(json, uuid, integer, bigint)"})
  void everyColumnIsBroughtAndSealed(String function) {
    String body =
        books
            .query("SELECT prosrc FROM pg_proc WHERE oid = '%s'::regprocedure".formatted(function))
            .getFirst();
    assertThat(
            books.query(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'usage_record'::regclass"
                    + " AND attnum > 0 AND NOT attisdropped"))
        .filteredOn(column -> !body.matches("(?s).*\\br\\." + column + "\\b.*"))
        .containsExactlyInAnyOrder("created_at", "batch");
  }
}
