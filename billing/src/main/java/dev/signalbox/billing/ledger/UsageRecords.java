package dev.signalbox.billing.ledger;

import dev.signalbox.billing.journal.Journal;
import io.r2dbc.spi.R2dbcException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/// The usage records in PostgreSQL.
public final class UsageRecords {
  private static final Logger log = LoggerFactory.getLogger(UsageRecords.class);
  private static final int MAX_RETRIES = 5;
  private static final Duration DIRECT_PATIENCE = Duration.ofSeconds(5);

  /// The lane of a journal's chain in which its drainer brings one batch after the other.
  private static final int DRAINED = 0;

  /// How many may be brought past the journal at once without one waiting for another's commit.
  private static final int DIRECT_LANES = 16;

  private final DatabaseClient database;
  private final Journal journal;
  private final LateRecords late;
  private final AtomicInteger turn = new AtomicInteger();

  UsageRecords(DatabaseClient database, Journal journal, LateRecords late) {
    this.database = database;
    this.journal = journal;
    this.late = late;
  }

  /// Takes records in, with their sums and what they take from the credit: all or none. One that is
  /// there already stays as it is, so that sending a batch again changes nothing. Those that were
  /// not are closed into the next batch of the journal's chain.
  ///
  /// @return how many were new
  Mono<Integer> insert(List<Journal.Entry> entries) {
    return drain(entries.stream().map(Journal.Entry::json).toList(), DRAINED);
  }

  /// Takes one record in, for somebody who waits for it.
  ///
  /// @return false if the ledger will never take it, and it was set aside
  Mono<Boolean> insert(String id, byte[] json) {
    int lane = 1 + Math.floorMod(turn.getAndIncrement(), DIRECT_LANES);
    return drain(List.of(json), lane)
        .thenReturn(true)
        .onErrorResume(
            UsageRecords::isRefusal, refusal -> quarantine(id, json, refusal).thenReturn(false))
        .timeout(DIRECT_PATIENCE);
  }

  private Mono<Integer> drain(List<byte[]> rows, int lane) {
    Journal.Run run = journal.run();
    return database
        .sql("SELECT usage_drain($1, $2, $3, $4)")
        .bind("$1", new JsonParameter(array(rows)))
        .bind("$2", run.journal())
        .bind("$3", lane)
        .bind("$4", run.epoch())
        .map(row -> Objects.requireNonNull(row.get(0, Integer.class)))
        .one()
        .retryWhen(
            Retry.backoff(MAX_RETRIES, Duration.ofMillis(10))
                .filter(failure -> state(failure).startsWith("40")));
  }

  private static byte[] array(List<byte[]> rows) {
    ByteBuffer array = ByteBuffer.allocate(1 + rows.stream().mapToInt(row -> row.length + 1).sum());
    byte before = '[';
    for (byte[] row : rows) {
      array.put(before).put(row);
      before = ',';
    }
    return array.put((byte) ']').array();
  }

  /// Keeps a record that the ledger will not take, for the operator to look at.
  Mono<Void> quarantine(String id, byte[] json, Throwable problem) {
    return database
        .sql(
            "INSERT INTO usage_quarantine (id, problem, entry) VALUES ($1, $2, $3)"
                + " ON CONFLICT DO NOTHING")
        .bind("$1", id.replace("\0", ""))
        .bind("$2", String.valueOf(problem.getMessage()).replace("\0", ""))
        .bind("$3", json)
        .then()
        .doOnSuccess(
            _ -> log.error("The ledger does not take {}: it is in usage_quarantine", id, problem));
  }

  /// Whether it is the record itself that the database refuses: it would do so again.
  static boolean isRefusal(Throwable failure) {
    String state = state(failure);
    return state.startsWith("22") || state.startsWith("23") || state.equals("P0001");
  }

  private static String state(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof R2dbcException known && known.getSqlState() != null) {
        return known.getSqlState();
      }
    }
    return "";
  }

  /// Returns what silent replicas hold.
  Mono<LedgerMetrics.Suspense> suspense() {
    return database
        .sql(
            "SELECT count(DISTINCT journal), (coalesce(sum(usd), 0) * 1000000)::bigint"
                + " FROM credit_suspense")
        .map(
            row ->
                new LedgerMetrics.Suspense(
                    Objects.requireNonNull(row.get(0, Long.class)),
                    Objects.requireNonNull(row.get(1, Long.class))))
        .one();
  }

  /// Finds a generation of an account: in the journal, if the database does not have it yet.
  ///
  /// @return the row as a JSON object with the columns' names; a name that is missing stands for
  ///   nothing, zero or false, and `created_at` for the second in the id
  public Mono<String> find(String id, UUID account) {
    if (!id.matches("[a-z]+-[0-9]{1,12}-[0-9A-Za-z]+")) {
      return Mono.empty();
    }
    Mono<String> stored =
        database
            .sql(
                """
                SELECT to_jsonb(r)::text FROM usage_record r
                WHERE id = $1 AND created_at = usage_moment($1) AND account_id = $2
                """)
            .bind("$1", id)
            .bind("$2", account)
            .map((row, _) -> Optional.ofNullable(row.get(0, String.class)).orElse("{}"))
            .one();
    Mono<String> journaled =
        Mono.fromCallable(() -> late.find(id).or(() -> journal.find(id)))
            .subscribeOn(Schedulers.boundedElastic())
            .flatMap(Mono::justOrEmpty)
            .filter(json -> json.contains(account.toString()));
    // Between two looks it may have gone from the one to the next.
    return stored.switchIfEmpty(journaled).switchIfEmpty(stored);
  }
}
