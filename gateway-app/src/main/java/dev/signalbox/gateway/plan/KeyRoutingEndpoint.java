package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.AuditLog;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.dialect.openai.PreferencesReader;
import dev.signalbox.gateway.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// `/keys/{hash}/routing`: a key's own defaults for how its requests are routed, as a `provider`
/// object.
@RestController
@RequestMapping({"/api/v1/keys/{hash}/routing", "/v1/keys/{hash}/routing"})
class KeyRoutingEndpoint {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_BYTES = 16 * 1024;

  private final Callers callers;
  private final DatabaseClient database;
  private final AuditLog audit;
  private final TransactionalOperator transactions;

  KeyRoutingEndpoint(
      Callers callers,
      DatabaseClient database,
      AuditLog audit,
      ReactiveTransactionManager transactions) {
    this.callers = callers;
    this.database = database;
    this.audit = audit;
    this.transactions = TransactionalOperator.create(transactions);
  }

  @GetMapping
  Mono<Map<String, Object>> get(ServerHttpRequest request, @PathVariable String hash) {
    return callers
        .management(request)
        .flatMap(
            caller ->
                database
                    .sql(
                        "SELECT coalesce(routing, '{}') AS routing FROM api_keys WHERE hash = :hash"
                            + " AND account_id = :account AND deleted_at IS NULL")
                    .bind("hash", hash)
                    .bind("account", caller.accountId())
                    .map(row -> Optional.ofNullable(row.get("routing", String.class)).orElse("{}"))
                    .one())
        .map(KeyRoutingEndpoint::body)
        .switchIfEmpty(missing());
  }

  @PutMapping
  Mono<Map<String, Object>> put(
      ServerHttpRequest request,
      @PathVariable String hash,
      @RequestBody(required = false) byte @Nullable [] body) {
    return callers
        .management(request)
        .flatMap(
            caller -> {
              byte[] json = body == null ? new byte[0] : body;
              if (json.length > MAX_BYTES) {
                throw Problem.invalidRequest("routing: more than %d bytes".formatted(MAX_BYTES));
              }
              PreferencesReader.read(json);
              String text = new String(json, StandardCharsets.UTF_8);
              return set(caller, hash, text).thenReturn(body(text));
            });
  }

  @DeleteMapping
  Mono<Map<String, Object>> delete(ServerHttpRequest request, @PathVariable String hash) {
    return callers
        .management(request)
        .flatMap(caller -> set(caller, hash, null))
        .thenReturn(body("{}"));
  }

  private static Map<String, Object> body(String json) {
    return Map.of("data", JSON.readTree(json));
  }

  private Mono<Void> set(ApiKey caller, String hash, @Nullable String json) {
    var update =
        database
            .sql(
                "UPDATE api_keys SET routing = :routing, updated_at = clock_timestamp()"
                    + " WHERE hash = :hash AND account_id = :account AND deleted_at IS NULL")
            .bind("hash", hash)
            .bind("account", caller.accountId());
    update = json == null ? update.bindNull("routing", String.class) : update.bind("routing", json);
    return update
        .fetch()
        .rowsUpdated()
        .filter(count -> count > 0)
        .switchIfEmpty(missing())
        .flatMap(_ -> audit.add(caller.label(), "key.routing", hash, json == null ? "" : json))
        .then()
        .as(transactions::transactional);
  }

  private static <T> Mono<T> missing() {
    return Mono.error(() -> Problem.notFound("Resource not found"));
  }
}
