package dev.signalbox.billing.account;

import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Credit given to accounts. One that is sent again, under its key, is given once. Every method
/// joins the transaction of its subscriber.
public final class TopUps {
  private static final String COLUMNS =
      "id, account_id, usd, kind, reason, actor, idempotency_key, created_at";

  private final DatabaseClient database;

  public TopUps(DatabaseClient database) {
    this.database = database;
  }

  /// @param usd dollars; negative takes some back
  /// @param kind `purchase`, `grant` or `adjustment`
  /// @param key names the request that asked for it, within its account
  public record TopUp(
      UUID id,
      UUID account,
      BigDecimal usd,
      String kind,
      String reason,
      String actor,
      Optional<String> key,
      Instant createdAt) {}

  /// Gives credit, unless the key did so before.
  ///
  /// @return empty if it did
  public Mono<TopUp> add(
      UUID account, BigDecimal usd, String kind, String reason, String actor, String key) {
    return database
        .sql(
            """
            INSERT INTO credit_grant (account_id, usd, kind, reason, actor, idempotency_key)
            VALUES (:account, :usd, :kind, :reason, :actor, :key)
            ON CONFLICT (account_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
            RETURNING
            """
                + COLUMNS)
        .bind("account", account)
        .bind("usd", usd)
        .bind("kind", kind)
        .bind("reason", reason)
        .bind("actor", actor)
        .bind("key", key)
        .map(TopUps::read)
        .one();
  }

  public Mono<TopUp> find(UUID account, String key) {
    return database
        .sql(
            "SELECT "
                + COLUMNS
                + " FROM credit_grant WHERE account_id = :account AND idempotency_key = :key")
        .bind("account", account)
        .bind("key", key)
        .map(TopUps::read)
        .one();
  }

  /// Returns an account's, newest first.
  public Flux<TopUp> list(UUID account, long offset, int max) {
    return database
        .sql(
            "SELECT "
                + COLUMNS
                + " FROM credit_grant WHERE account_id = :account"
                + " ORDER BY created_at DESC, id OFFSET :offset LIMIT :max")
        .bind("account", account)
        .bind("offset", offset)
        .bind("max", max)
        .map(TopUps::read)
        .all();
  }

  private static TopUp read(Readable row) {
    return new TopUp(
        required(row, "id", UUID.class),
        required(row, "account_id", UUID.class),
        required(row, "usd", BigDecimal.class),
        required(row, "kind", String.class),
        required(row, "reason", String.class),
        required(row, "actor", String.class),
        Optional.ofNullable(row.get("idempotency_key", String.class)),
        required(row, "created_at", OffsetDateTime.class).toInstant());
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }
}
