package dev.signalbox.billing.limit;

import dev.signalbox.db.Notifications;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Permits in PostgreSQL: one row a subject, one statement a draw.
public final class PostgresPermits implements Permits {
  private static final String DRAW =
      """
      INSERT INTO permit_window AS w (subject, window_start, taken)
      VALUES (
        :subject,
        CASE WHEN :daily THEN date_trunc('day', clock_timestamp(), 'UTC')
             ELSE clock_timestamp() END,
        least(:limit, greatest(:needed, :limit / :share)))
      ON CONFLICT (subject) DO UPDATE SET
        window_start = CASE
          WHEN w.window_start + make_interval(secs => :seconds) <= excluded.window_start
          THEN excluded.window_start ELSE w.window_start END,
        taken = CASE
          WHEN w.window_start + make_interval(secs => :seconds) <= excluded.window_start
          THEN excluded.taken
          ELSE greatest(w.taken, least(
            :limit, w.taken + greatest(:needed, (:limit - w.taken) / :share))) END
      RETURNING
        new.window_start AS window_start,
        new.taken AS taken,
        new.taken - CASE WHEN old.window_start = new.window_start
                         THEN old.taken ELSE 0 END AS granted,
        clock_timestamp() AS now
      """;

  private final DatabaseClient database;
  private final ConnectionFactory listener;

  /// @param listener connects outside of the pool
  public PostgresPermits(DatabaseClient database, ConnectionFactory listener) {
    this.database = database;
    this.listener = listener;
  }

  @Override
  public Mono<Slice> draw(Quota quota, long needed, long share) {
    return database
        .sql(DRAW)
        .bind("subject", quota.subject())
        .bind("daily", quota.window() == Quota.Window.DAY)
        .bind("seconds", (double) quota.window().length().toSeconds())
        .bind("limit", quota.limit())
        .bind("needed", needed)
        .bind("share", share)
        .map(
            row ->
                new Slice(
                    time(row.get("window_start", OffsetDateTime.class)),
                    Objects.requireNonNull(row.get("granted", Long.class)),
                    Objects.requireNonNull(row.get("taken", Long.class)),
                    time(row.get("now", OffsetDateTime.class))))
        .one();
  }

  private static Instant time(@org.jspecify.annotations.Nullable OffsetDateTime time) {
    return Objects.requireNonNull(time).toInstant();
  }

  @Override
  public Mono<Void> giveBack(Quota quota, Instant windowStart, long count) {
    return database
        .sql(
            """
            UPDATE permit_window SET taken = greatest(0, taken - :count)
            WHERE subject = :subject AND window_start = :start
            """)
        .bind("count", count)
        .bind("subject", quota.subject())
        .bind("start", windowStart.atOffset(ZoneOffset.UTC))
        .then();
  }

  @Override
  public Mono<Void> recall(Quota quota) {
    return database
        .sql("SELECT pg_notify('signalbox_permits', :subject)")
        .bind("subject", quota.subject())
        .fetch()
        .first()
        .then();
  }

  @Override
  public Flux<String> recalls() {
    return Notifications.on(listener, "signalbox_permits").filter(text -> !text.isEmpty());
  }
}
