package dev.signalbox.gateway.replica;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.health.VitalsSlot;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// What replicas measured of endpoints: latency, throughput, successes and failures.
///
/// Slots are told when they are over, and kept for a day, after 40 minutes in parts of ten minutes:
/// a replica that starts learns what all have measured, its own past included.
final class SharedVitals implements Exchange.Part {
  private static final int BATCH = 1_000;
  private static final Duration MEMORY = Duration.ofDays(1);

  /// Older rows count for the day's uptime only.
  private static final Duration DETAILED = Duration.ofMinutes(35);

  private final DatabaseClient database;
  private final VitalsBoard board;
  private long toldUpTo = Long.MIN_VALUE;

  SharedVitals(DatabaseClient database, VitalsBoard board) {
    this.database = database;
    this.board = board;
  }

  @Override
  public Mono<Void> tell(UUID replica) {
    return Mono.defer(
        () -> {
          List<VitalsSlot> fresh = board.export(toldUpTo);
          long last = fresh.stream().mapToLong(VitalsSlot::number).max().orElse(toldUpTo);
          return Flux.fromIterable(fresh)
              .buffer(BATCH)
              .concatMap(batch -> tell(replica, batch))
              .then(Mono.fromRunnable(() -> toldUpTo = last));
        });
  }

  private Mono<Long> tell(UUID replica, List<VitalsSlot> slots) {
    return database
        .sql(
            """
            INSERT INTO replica_vitals (replica, endpoint_id, slot, successes, failures,
                                        tool_answers, tool_errors, counts)
            SELECT :replica, told.endpoint_id, told.slot, told.successes, told.failures,
                   told.tool_answers, told.tool_errors, decode(told.counts, 'base64')
            FROM unnest(CAST(:endpoints AS text[]), CAST(:slots AS bigint[]),
                        CAST(:successes AS integer[]), CAST(:failures AS integer[]),
                        CAST(:toolAnswers AS integer[]), CAST(:toolErrors AS integer[]),
                        CAST(:counts AS text[]))
              AS told (endpoint_id, slot, successes, failures, tool_answers, tool_errors, counts)
            ON CONFLICT DO NOTHING
            """)
        .bind("replica", replica)
        .bind("endpoints", slots.stream().map(s -> s.endpoint().value()).toArray(String[]::new))
        .bind("slots", slots.stream().map(VitalsSlot::number).toArray(Long[]::new))
        .bind("successes", slots.stream().map(VitalsSlot::successes).toArray(Integer[]::new))
        .bind("failures", slots.stream().map(VitalsSlot::failures).toArray(Integer[]::new))
        .bind("toolAnswers", slots.stream().map(VitalsSlot::toolAnswers).toArray(Integer[]::new))
        .bind("toolErrors", slots.stream().map(VitalsSlot::toolErrors).toArray(Integer[]::new))
        .bind(
            "counts",
            slots.stream()
                .map(s -> Base64.getEncoder().encodeToString(s.counts()))
                .toArray(String[]::new))
        .fetch()
        .rowsUpdated();
  }

  @Override
  public Mono<Void> hear(UUID replica, Duration since) {
    Mono<Void> recent =
        read(
            """
            SELECT replica, endpoint_id, slot, successes, failures, tool_answers, tool_errors, counts
            FROM replica_vitals
            WHERE told_at > clock_timestamp() - make_interval(secs => :since) AND replica <> :replica
            """,
            replica,
            since.compareTo(DETAILED) < 0 ? since : DETAILED);
    return since.compareTo(DETAILED) <= 0 ? recent : past(replica, since).then(recent);
  }

  private Mono<Void> past(UUID replica, Duration since) {
    return read(
        """
        SELECT replica, endpoint_id, max(slot) AS slot, sum(successes)::integer AS successes,
               sum(failures)::integer AS failures, sum(tool_answers)::integer AS tool_answers,
               sum(tool_errors)::integer AS tool_errors, ''::bytea AS counts
        FROM replica_vitals
        WHERE told_at > clock_timestamp() - make_interval(secs => :since)
          AND told_at <= clock_timestamp() - make_interval(secs => %d) AND replica <> :replica
        GROUP BY replica, endpoint_id, slot / 60
        """
            .formatted(DETAILED.toSeconds()),
        replica,
        since);
  }

  private Mono<Void> read(String sql, UUID replica, Duration since) {
    return database
        .sql(sql)
        .bind("since", since.toMillis() / 1000.0)
        .bind("replica", replica)
        .map(Told::read)
        .all()
        .collectSortedList(Comparator.comparingLong(told -> told.slot().number()))
        .doOnNext(
            all ->
                all.forEach(told -> board.merge(told.replica().toString(), List.of(told.slot()))))
        .then();
  }

  private record Told(UUID replica, VitalsSlot slot) {
    static Told read(Readable row) {
      return new Told(
          required(row, "replica", UUID.class),
          new VitalsSlot(
              new EndpointId(required(row, "endpoint_id", String.class)),
              required(row, "slot", Long.class),
              required(row, "successes", Integer.class),
              required(row, "failures", Integer.class),
              required(row, "tool_answers", Integer.class),
              required(row, "tool_errors", Integer.class),
              required(row, "counts", byte[].class)));
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
      return Objects.requireNonNull(row.get(column, type));
    }
  }

  @Override
  public Mono<Void> tidy() {
    return compact()
        .then(
            database
                .sql(
                    "DELETE FROM replica_vitals"
                        + " WHERE told_at < clock_timestamp() - make_interval(secs => :age)")
                .bind("age", (double) MEMORY.plusMinutes(10).toSeconds())
                .then());
  }

  /// Makes one row of ten minutes of them, under the last of their slots. Whichever replica deletes
  /// a row has it for itself.
  private Mono<Void> compact() {
    return database
        .sql(
            """
            WITH old AS (
              DELETE FROM replica_vitals
              WHERE slot < floor(extract(epoch FROM clock_timestamp()) / 600)::bigint * 60 - 240
                AND NOT (slot % 60 = 59 AND counts = '')
              RETURNING *)
            INSERT INTO replica_vitals AS kept
              (replica, endpoint_id, slot, successes, failures, tool_answers, tool_errors, counts,
               told_at)
            SELECT replica, endpoint_id, slot / 60 * 60 + 59, sum(successes), sum(failures),
                   sum(tool_answers), sum(tool_errors), '', max(told_at)
            FROM old GROUP BY replica, endpoint_id, slot / 60
            ON CONFLICT (replica, endpoint_id, slot) DO UPDATE
              SET successes = kept.successes + excluded.successes,
                  failures = kept.failures + excluded.failures,
                  tool_answers = kept.tool_answers + excluded.tool_answers,
                  tool_errors = kept.tool_errors + excluded.tool_errors, counts = ''
            """)
        .then();
  }

  @Override
  public Duration memory() {
    return MEMORY;
  }
}
