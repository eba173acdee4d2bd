package dev.signalbox.billing.account;

import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;

/// What an account consumed, by day, model and endpoint.
public final class Activity {
  /// How many finished days there are to look at.
  public static final int DAYS = 30;

  private final DatabaseClient database;

  public Activity(DatabaseClient database) {
    this.database = database;
  }

  /// One day of one model at one endpoint.
  ///
  /// @param charged dollars that the account paid
  /// @param byok dollars that providers charged on the account's own credentials
  /// @param workspace only where rows are split by it
  public record Row(
      LocalDate date,
      String model,
      String endpointId,
      String providerName,
      long requests,
      long promptTokens,
      long completionTokens,
      long reasoningTokens,
      BigDecimal charged,
      BigDecimal byok,
      Optional<UUID> workspace) {}

  /// Which rows to return.
  ///
  /// @param date only this day
  /// @param byWorkspace split rows by the workspace of their key
  public record Filter(
      @Nullable LocalDate date,
      @Nullable String keyHash,
      @Nullable UUID workspace,
      boolean byWorkspace) {}

  /// Returns the finished UTC days of an account, newest first.
  public Flux<Row> of(UUID account, Filter filter) {
    boolean keys = filter.byWorkspace() || filter.workspace() != null;
    String workspace = filter.byWorkspace() ? "k.workspace_id" : "NULL::uuid";
    var statement =
        database
            .sql(
                """
                SELECT r.day, r.model, r.endpoint_id, max(r.provider_name) AS provider_name,
                       %s AS workspace_id,
                       sum(r.requests)::bigint AS requests,
                       sum(r.prompt_tokens)::bigint AS prompt,
                       sum(r.completion_tokens)::bigint AS completion,
                       sum(r.reasoning_tokens)::bigint AS reasoning,
                       sum(r.charged) AS charged,
                       coalesce(sum(r.upstream_cost) FILTER (WHERE r.byok), 0) AS byok
                FROM usage_rollup r %s
                WHERE r.account_id = :account
                  AND r.day >= (now() AT TIME ZONE 'UTC')::date - 30
                  AND r.day < (now() AT TIME ZONE 'UTC')::date
                  AND (CAST(:day AS date) IS NULL OR r.day = :day)
                  AND (CAST(:key AS text) IS NULL OR r.key_hash = :key)
                  AND (CAST(:workspace AS uuid) IS NULL OR %s)
                GROUP BY 1, 2, 3, 5
                ORDER BY 1 DESC, 2, 3, 5
                """
                    .formatted(
                        workspace,
                        keys ? "JOIN api_keys k ON k.hash = r.key_hash" : "",
                        keys ? "k.workspace_id = :workspace" : "true"))
            .bind("account", account);
    statement = KeyStore.bind(statement, "day", filter.date(), LocalDate.class);
    statement = KeyStore.bind(statement, "key", filter.keyHash(), String.class);
    statement = KeyStore.bind(statement, "workspace", filter.workspace(), UUID.class);
    return statement.map(Activity::row).all();
  }

  private static Row row(Readable row) {
    return new Row(
        required(row, "day", LocalDate.class),
        required(row, "model", String.class),
        required(row, "endpoint_id", String.class),
        required(row, "provider_name", String.class),
        required(row, "requests", Long.class),
        required(row, "prompt", Long.class),
        required(row, "completion", Long.class),
        required(row, "reasoning", Long.class),
        required(row, "charged", BigDecimal.class),
        required(row, "byok", BigDecimal.class),
        Optional.ofNullable(row.get("workspace_id", UUID.class)));
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }
}
