package dev.signalbox.billing.account;

import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The table of accounts. Every method joins the transaction of its subscriber.
public final class Accounts {
  private static final String SELECT =
      """
      SELECT a.*, m.percent AS markup_percent
      FROM accounts a LEFT JOIN LATERAL (
        SELECT percent FROM markup_rule
        WHERE scope = 'account' AND subject = a.id::text
          AND effective_from <= clock_timestamp()
        ORDER BY effective_from DESC LIMIT 1) m ON true
      WHERE a.deleted_at IS NULL
      """;

  private final DatabaseClient database;

  public Accounts(DatabaseClient database) {
    this.database = database;
  }

  public Flux<Account> list(long offset, int max) {
    return database
        .sql(SELECT + " ORDER BY a.created_at DESC, a.id OFFSET :offset LIMIT :max")
        .bind("offset", offset)
        .bind("max", max)
        .map(Accounts::read)
        .all();
  }

  public Mono<Long> count() {
    return database
        .sql("SELECT count(*) FROM accounts WHERE deleted_at IS NULL")
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }

  /// Returns an account that is not deleted.
  public Mono<Account> get(UUID id) {
    return database.sql(SELECT + " AND a.id = :id").bind("id", id).map(Accounts::read).one();
  }

  /// Adds an account; its markup is a rule of its own.
  public Mono<Void> add(Account account) {
    return bound(
            database.sql(
                """
                INSERT INTO accounts (id, name, unlimited, default_model, default_sort,
                  allowed_providers, ignored_providers, zdr_only, deny_data_collection)
                VALUES (:id, :name, :unlimited, :model, :sort, :allowed, :ignored, :zdr, :deny)
                """),
            account)
        .then();
  }

  public Mono<Void> change(Account account) {
    return bound(
            database.sql(
                """
                UPDATE accounts SET name = :name, unlimited = :unlimited, default_model = :model,
                  default_sort = :sort, allowed_providers = :allowed,
                  ignored_providers = :ignored, zdr_only = :zdr, deny_data_collection = :deny,
                  updated_at = clock_timestamp()
                WHERE id = :id AND deleted_at IS NULL
                """),
            account)
        .then();
  }

  /// Deletes an account: its keys end at once; what it consumed stays.
  public Mono<Void> delete(UUID id) {
    return database
        .sql("UPDATE accounts SET deleted_at = clock_timestamp() WHERE id = :id")
        .bind("id", id)
        .then();
  }

  private static GenericExecuteSpec bound(GenericExecuteSpec statement, Account account) {
    GenericExecuteSpec bound =
        statement
            .bind("id", account.id())
            .bind("name", account.name())
            .bind("unlimited", account.unlimited())
            .bind("allowed", account.allowedProviders().toArray(String[]::new))
            .bind("ignored", account.ignoredProviders().toArray(String[]::new))
            .bind("zdr", account.zdrOnly())
            .bind("deny", account.denyDataCollection());
    bound = KeyStore.bind(bound, "model", account.defaultModel().orElse(null), String.class);
    return KeyStore.bind(bound, "sort", account.defaultSort().orElse(null), String.class);
  }

  private static Account read(Readable row) {
    return new Account(
        required(row, "id", UUID.class),
        required(row, "name", String.class),
        required(row, "unlimited", Boolean.class),
        Optional.ofNullable(row.get("markup_percent", BigDecimal.class)),
        Optional.ofNullable(row.get("default_model", String.class)),
        Optional.ofNullable(row.get("default_sort", String.class)),
        Set.of(required(row, "allowed_providers", String[].class)),
        Set.of(required(row, "ignored_providers", String[].class)),
        required(row, "zdr_only", Boolean.class),
        required(row, "deny_data_collection", Boolean.class),
        required(row, "created_at", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(row.get("updated_at", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant));
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }
}
