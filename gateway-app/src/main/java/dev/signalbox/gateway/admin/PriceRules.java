package dev.signalbox.gateway.admin;

import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// The tables of markups and of negotiated prices: each row holds from a time on, until a later one
/// of the same subject. Every method joins the transaction of its subscriber.
final class PriceRules {
  private static final JsonMapper JSON = new JsonMapper();

  private final DatabaseClient database;

  PriceRules(DatabaseClient database) {
    this.database = database;
  }

  /// @param percent null ends the rule before it
  /// @param from null is now
  /// @return its id
  Mono<UUID> mark(
      String scope, String subject, @Nullable BigDecimal percent, @Nullable Instant from) {
    GenericExecuteSpec insert =
        database
            .sql(
                """
                INSERT INTO markup_rule (scope, subject, percent, effective_from)
                VALUES (:scope, :subject, :percent, coalesce(:from, clock_timestamp()))
                ON CONFLICT (scope, subject, effective_from) DO UPDATE SET percent = :percent
                RETURNING id
                """)
            .bind("scope", scope)
            .bind("subject", subject);
    return bind(timed(insert, from), "percent", percent, BigDecimal.class)
        .map(PriceRules::id)
        .one();
  }

  /// @param pricing JSON; null ends the price before it
  Mono<UUID> price(String endpoint, @Nullable String pricing, @Nullable Instant from) {
    GenericExecuteSpec insert =
        database
            .sql(
                """
                INSERT INTO endpoint_price (endpoint_id, pricing, effective_from)
                VALUES (:endpoint, CAST(:pricing AS jsonb), coalesce(:from, clock_timestamp()))
                ON CONFLICT (endpoint_id, effective_from)
                  DO UPDATE SET pricing = CAST(:pricing AS jsonb)
                RETURNING id
                """)
            .bind("endpoint", endpoint);
    return bind(timed(insert, from), "pricing", pricing, String.class).map(PriceRules::id).one();
  }

  private static GenericExecuteSpec timed(GenericExecuteSpec statement, @Nullable Instant from) {
    OffsetDateTime at = from == null ? null : from.atOffset(ZoneOffset.UTC);
    return bind(statement, "from", at, OffsetDateTime.class);
  }

  Flux<Map<String, Object>> markups(long offset, int max) {
    return database
        .sql(
            """
            SELECT id, scope, subject, percent, effective_from, created_at FROM markup_rule
            ORDER BY effective_from DESC, id OFFSET :offset LIMIT :max
            """)
        .bind("offset", offset)
        .bind("max", max)
        .map(
            row -> {
              Map<String, @Nullable Object> body = new LinkedHashMap<>();
              body.put("id", id(row).toString());
              body.put("scope", required(row, "scope", String.class));
              body.put("subject", required(row, "subject", String.class));
              body.put("percent", row.get("percent", BigDecimal.class));
              body.put("effective_from", time(row, "effective_from"));
              body.put("created_at", time(row, "created_at"));
              return AccountDesk.plain(body);
            })
        .all();
  }

  Flux<Map<String, Object>> prices(long offset, int max) {
    return database
        .sql(
            """
            SELECT id, endpoint_id, pricing::text AS pricing, effective_from, created_at
            FROM endpoint_price ORDER BY effective_from DESC, id OFFSET :offset LIMIT :max
            """)
        .bind("offset", offset)
        .bind("max", max)
        .map(
            row -> {
              String pricing = row.get("pricing", String.class);
              Map<String, @Nullable Object> body = new LinkedHashMap<>();
              body.put("id", id(row).toString());
              body.put("endpoint", required(row, "endpoint_id", String.class));
              body.put("pricing", pricing == null ? null : JSON.readTree(pricing));
              body.put("effective_from", time(row, "effective_from"));
              body.put("created_at", time(row, "created_at"));
              return AccountDesk.plain(body);
            })
        .all();
  }

  Mono<Long> count(String table) {
    return database
        .sql("SELECT count(*) FROM " + (table.equals("markups") ? "markup_rule" : "endpoint_price"))
        .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
        .one();
  }

  /// Takes back a rule that is not in force yet: what was in force stays on record.
  ///
  /// @return whether there was one
  Mono<Boolean> withdraw(String table, UUID id) {
    return database
        .sql(
            "DELETE FROM %s WHERE id = :id AND effective_from > clock_timestamp()"
                .formatted(table.equals("markups") ? "markup_rule" : "endpoint_price"))
        .bind("id", id)
        .fetch()
        .rowsUpdated()
        .map(count -> count > 0)
        .filter(any -> any);
  }

  private static UUID id(Readable row) {
    return required(row, "id", UUID.class);
  }

  private static String time(Readable row, String column) {
    return required(row, column, OffsetDateTime.class).toInstant().toString();
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }

  private static <T> GenericExecuteSpec bind(
      GenericExecuteSpec statement, String name, @Nullable T value, Class<T> type) {
    return value == null ? statement.bindNull(name, type) : statement.bind(name, value);
  }
}
