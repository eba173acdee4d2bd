package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.KeyDraft;
import dev.signalbox.billing.account.KeyRecord;
import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.gateway.problem.Problem;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/// `/key`, `/keys` and `/credits`: an account's own. Another account's keys are not found.
@RestController
@RequestMapping({"/api/v1", "/v1"})
final class KeysEndpoint {
  private static final int PAGE = 100;
  private static final UUID DEFAULT_WORKSPACE = new UUID(0, 0);

  private final Callers callers;
  private final KeyStore keys;
  private final ObjectProvider<Spending> spending;

  KeysEndpoint(Callers callers, KeyStore keys, ObjectProvider<Spending> spending) {
    this.callers = callers;
    this.keys = keys;
    this.spending = spending;
  }

  @GetMapping({"/key", "/auth/key"})
  Mono<Map<String, Object>> current(ServerHttpRequest request) {
    return callers
        .any(request)
        .flatMap(caller -> keys.get(caller.hash(), null))
        .flatMap(
            found ->
                Mono.zip(spent(found), credits(found.key().accountId()))
                    .map(both -> KeyBody.current(found, both.getT1(), both.getT2())))
        .map(body -> Map.of("data", body));
  }

  @GetMapping("/credits")
  Mono<Map<String, Object>> credits(ServerHttpRequest request) {
    return callers
        .management(request)
        .flatMap(caller -> credits(caller.accountId()))
        .map(
            credits ->
                Map.of(
                    "data",
                    Map.of(
                        "total_credits",
                        KeyBody.number(credits.granted()),
                        "total_usage",
                        KeyBody.number(credits.used()))));
  }

  /// Its way of paying is gone for good.
  @PostMapping("/credits/coinbase")
  Mono<Map<String, Object>> coinbase() {
    return Mono.error(
        Problem.of(410, "invalid_request", "Credits are not sold here: ask the operator"));
  }

  @GetMapping("/keys")
  Mono<Map<String, Object>> list(
      ServerHttpRequest request,
      @RequestParam(name = "offset", defaultValue = "0") long offset,
      @RequestParam(name = "include_disabled", defaultValue = "false") boolean disabled,
      @RequestParam(name = "workspace_id", required = false) @Nullable UUID workspace) {
    if (offset < 0) {
      return Mono.error(Problem.invalidRequest("offset must not be negative"));
    }
    return callers
        .management(request)
        .flatMapMany(
            caller ->
                keys.list(
                    caller.accountId(),
                    workspace == null ? DEFAULT_WORKSPACE : workspace,
                    disabled,
                    offset,
                    PAGE))
        .concatMap(this::body)
        .collectList()
        .map(bodies -> Map.of("data", bodies));
  }

  @PostMapping("/keys")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<Map<String, Object>> create(
      ServerHttpRequest request, @RequestBody(required = false) byte @Nullable [] body) {
    String secret = KeySecret.generate();
    return callers
        .management(request)
        .flatMap(
            caller -> {
              KeyDraft draft = KeyBody.created(caller.accountId(), body);
              return keys.add(secret, draft, false, caller.hash());
            })
        .flatMap(this::body)
        .map(made -> Map.of("data", made, "key", secret));
  }

  @GetMapping("/keys/{hash}")
  Mono<Map<String, Object>> get(ServerHttpRequest request, @PathVariable("hash") String hash) {
    return owned(request, hash).flatMap(this::body).map(body -> Map.of("data", body));
  }

  @PatchMapping("/keys/{hash}")
  Mono<Map<String, Object>> change(
      ServerHttpRequest request,
      @PathVariable("hash") String hash,
      @RequestBody(required = false) byte @Nullable [] body) {
    return callers
        .management(request)
        .flatMap(
            caller ->
                keys.change(
                    hash, caller.accountId(), found -> KeyBody.changed(found, body), caller.hash()))
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Resource not found")))
        .flatMap(this::body)
        .map(changed -> Map.of("data", changed));
  }

  @DeleteMapping("/keys/{hash}")
  Mono<Map<String, Object>> delete(ServerHttpRequest request, @PathVariable("hash") String hash) {
    return callers
        .management(request)
        .flatMap(caller -> find(caller, hash).flatMap(found -> keys.delete(hash, caller.hash())))
        .map(deleted -> Map.of("deleted", true));
  }

  private Mono<KeyRecord> owned(ServerHttpRequest request, String hash) {
    return callers.management(request).flatMap(caller -> find(caller, hash));
  }

  private Mono<KeyRecord> find(ApiKey caller, String hash) {
    return keys.get(hash, caller.accountId())
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Resource not found")));
  }

  private Mono<Map<String, Object>> body(KeyRecord record) {
    return spent(record).map(spent -> KeyBody.listed(record, spent));
  }

  private Mono<Spending.Spent> spent(KeyRecord record) {
    Spending ledger = spending.getIfAvailable();
    return ledger == null
        ? Mono.just(Spending.Spent.NOTHING)
        : ledger.of(record.key().hash()).defaultIfEmpty(Spending.Spent.NOTHING);
  }

  private Mono<Spending.Credits> credits(UUID account) {
    Spending ledger = spending.getIfAvailable();
    var none = new Spending.Credits(java.math.BigDecimal.ZERO, java.math.BigDecimal.ZERO, false);
    return ledger == null ? Mono.just(none) : ledger.ofAccount(account).defaultIfEmpty(none);
  }
}
