package dev.signalbox.billing.account;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Who changed what, in a chain that shows every later touch.
public final class AuditLog {
  private static final JsonMapper JSON = new JsonMapper();

  private final DatabaseClient database;

  /// @param actor a key's hash, or `start`
  /// @param detail JSON of what was changed
  public record Entry(
      long id, Instant at, String actor, String action, String subject, String detail) {}

  /// Which entries to return; what is null does not matter.
  public record Filter(@Nullable String actor, @Nullable String action, @Nullable String subject) {}

  /// @param entries how many there are
  /// @param firstBroken the first one that is not what it was when it was written
  public record Verdict(long entries, Optional<Long> firstBroken) {}

  public AuditLog(DatabaseClient database) {
    this.database = database;
  }

  /// Adds an entry, within the subscriber's transaction.
  public Mono<Void> add(String actor, String action, String subject, String detail) {
    return add(actor, action, subject, JSON.createObjectNode().put("text", detail));
  }

  /// Adds an entry, within the subscriber's transaction. The detail holds no secret.
  public Mono<Void> add(String actor, String action, String subject, JsonNode detail) {
    return database
        .sql(
            """
            INSERT INTO audit_log (actor, action, subject, detail)
            VALUES (:actor, :action, :subject, CAST(:detail AS jsonb))
            """)
        .bind("actor", actor)
        .bind("action", action)
        .bind("subject", subject)
        .bind("detail", detail.toString())
        .then();
  }

  /// Returns entries, newest first.
  public Flux<Entry> list(Filter filter, long offset, int max) {
    var statement =
        database
            .sql(
                """
                SELECT id, at, actor, action, subject, detail::text AS detail FROM audit_log
                WHERE (CAST(:actor AS text) IS NULL OR actor = :actor)
                  AND (CAST(:action AS text) IS NULL OR action = :action)
                  AND (CAST(:subject AS text) IS NULL OR subject = :subject)
                ORDER BY id DESC OFFSET :offset LIMIT :max
                """)
            .bind("offset", offset)
            .bind("max", max);
    statement = KeyStore.bind(statement, "actor", filter.actor(), String.class);
    statement = KeyStore.bind(statement, "action", filter.action(), String.class);
    statement = KeyStore.bind(statement, "subject", filter.subject(), String.class);
    return statement.map(AuditLog::entry).all();
  }

  /// Computes the whole chain anew.
  public Mono<Verdict> verify() {
    return database
        .sql("SELECT audit_first_broken() AS broken, (SELECT count(*) FROM audit_log) AS entries")
        .map(
            row ->
                new Verdict(
                    Objects.requireNonNull(row.get("entries", Long.class)),
                    Optional.ofNullable(row.get("broken", Long.class))))
        .one();
  }

  private static Entry entry(Readable row) {
    return new Entry(
        Objects.requireNonNull(row.get("id", Long.class)),
        Objects.requireNonNull(row.get("at", OffsetDateTime.class)).toInstant(),
        Objects.requireNonNull(row.get("actor", String.class)),
        Objects.requireNonNull(row.get("action", String.class)),
        Objects.requireNonNull(row.get("subject", String.class)),
        Objects.requireNonNull(row.get("detail", String.class)));
  }
}
