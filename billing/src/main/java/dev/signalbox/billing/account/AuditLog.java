package dev.signalbox.billing.account;

import java.time.OffsetDateTime;
import java.util.Objects;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Who changed what, in a chain that shows every later touch.
public final class AuditLog {
  private final DatabaseClient database;

  /// @param actor a key's label, or `start`
  public record Entry(
      long id, OffsetDateTime at, String actor, String action, String subject, String detail) {}

  public AuditLog(DatabaseClient database) {
    this.database = database;
  }

  /// Adds an entry, within the subscriber's transaction.
  public Mono<Void> add(String actor, String action, String subject, String detail) {
    return database
        .sql(
            """
            INSERT INTO audit_log (actor, action, subject, detail)
            VALUES (:actor, :action, :subject, jsonb_build_object('text', CAST(:detail AS text)))
            """)
        .bind("actor", actor)
        .bind("action", action)
        .bind("subject", subject)
        .bind("detail", detail)
        .then();
  }

  /// Returns entries, newest first.
  public Flux<Entry> list(long offset, int max) {
    return database
        .sql(
            "SELECT id, at, actor, action, subject, detail ->> 'text' AS text FROM audit_log"
                + " ORDER BY id DESC OFFSET :offset LIMIT :max")
        .bind("offset", offset)
        .bind("max", max)
        .map(
            row ->
                new Entry(
                    Objects.requireNonNull(row.get("id", Long.class)),
                    Objects.requireNonNull(row.get("at", OffsetDateTime.class)),
                    Objects.requireNonNull(row.get("actor", String.class)),
                    Objects.requireNonNull(row.get("action", String.class)),
                    Objects.requireNonNull(row.get("subject", String.class)),
                    Objects.requireNonNullElse(row.get("text", String.class), "")))
        .all();
  }
}
