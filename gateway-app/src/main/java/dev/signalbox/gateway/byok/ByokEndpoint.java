package dev.signalbox.gateway.byok;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.AuditLog;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.account.Fields;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Credential;
import dev.signalbox.gateway.offer.Credentials;
import dev.signalbox.gateway.offer.OfferUpdates;
import dev.signalbox.gateway.problem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
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
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// `/byok`: an account's own credentials for providers. Another account's are not found; a
/// credential is never returned.
@RestController
@RequestMapping({"/api/v1/byok", "/v1/byok"})
class ByokEndpoint {
  private static final int MAX_CREDENTIAL = 16_384;
  private static final int MAX_ALLOWED = 100;
  private static final String DEFAULT_WORKSPACE = new UUID(0, 0).toString();

  private final Callers callers;
  private final Credentials credentials;
  private final KeyStore keys;
  private final CatalogHolder catalog;
  private final AuditLog audit;
  private final OfferUpdates updates;
  private final TransactionalOperator transactions;

  ByokEndpoint(
      Callers callers,
      Credentials credentials,
      KeyStore keys,
      CatalogHolder catalog,
      AuditLog audit,
      OfferUpdates updates,
      ReactiveTransactionManager transactions) {
    this.callers = callers;
    this.credentials = credentials;
    this.keys = keys;
    this.catalog = catalog;
    this.audit = audit;
    this.updates = updates;
    this.transactions = TransactionalOperator.create(transactions);
  }

  @GetMapping
  Mono<Map<String, Object>> list(
      ServerHttpRequest request,
      @RequestParam(name = "offset", defaultValue = "0") long offset,
      @RequestParam(name = "limit", defaultValue = "50") int limit,
      @RequestParam(name = "workspace_id", required = false) @Nullable UUID workspace,
      @RequestParam(name = "provider", required = false) @Nullable String provider) {
    if (offset < 0 || limit < 1 || limit > 100) {
      return Mono.error(Problem.invalidRequest("offset, limit: out of range"));
    }
    String wanted = workspace == null ? DEFAULT_WORKSPACE : workspace.toString();
    return callers
        .management(request)
        .flatMapMany(caller -> credentials.list(caller.accountId(), provider))
        .map(ByokEndpoint::body)
        .filter(body -> wanted.equals(body.get("workspace_id")))
        .collectList()
        .map(
            all -> {
              Map<String, Object> page = new LinkedHashMap<>();
              page.put("data", all.stream().skip(offset).limit(limit).toList());
              page.put("total_count", all.size());
              return page;
            });
  }

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  Mono<Map<String, Object>> create(
      ServerHttpRequest request, @RequestBody(required = false) byte @Nullable [] body) {
    return callers
        .management(request)
        .flatMap(
            caller -> {
              Fields wish = Fields.of(body);
              String provider = wish.required("provider", 64);
              if (catalog.current().catalog().provider(provider).isEmpty()) {
                throw Problem.invalidRequest("provider: no such provider");
              }
              String secret = wish.required("key", MAX_CREDENTIAL);
              Credential fresh =
                  merged(
                      Credential.ofAccount(provider, caller.accountId(), wish.uuid("workspace_id")),
                      wish);
              return known(fresh, caller)
                  .then(
                      changed(
                          caller,
                          "byok.create",
                          fresh,
                          Mono.defer(() -> credentials.add(fresh, secret))));
            })
        .map(ByokEndpoint::data);
  }

  @GetMapping("/{id}")
  Mono<Map<String, Object>> get(ServerHttpRequest request, @PathVariable("id") String id) {
    return callers.management(request).flatMap(caller -> owned(caller, id)).map(ByokEndpoint::data);
  }

  @PatchMapping("/{id}")
  Mono<Map<String, Object>> change(
      ServerHttpRequest request,
      @PathVariable("id") String id,
      @RequestBody(required = false) byte @Nullable [] body) {
    return callers
        .management(request)
        .flatMap(
            caller ->
                owned(caller, id)
                    .flatMap(
                        now -> {
                          Fields wish = Fields.of(body);
                          Credential next = merged(now, wish);
                          String secret =
                              wish.has("key") ? wish.required("key", MAX_CREDENTIAL) : null;
                          return known(next, caller)
                              .then(
                                  changed(
                                      caller,
                                      secret == null ? "byok.change" : "byok.rotate",
                                      next,
                                      Mono.defer(() -> credentials.change(next, secret))));
                        }))
        .map(ByokEndpoint::data);
  }

  @DeleteMapping("/{id}")
  Mono<Map<String, Object>> delete(ServerHttpRequest request, @PathVariable("id") String id) {
    return callers
        .management(request)
        .flatMap(
            caller ->
                owned(caller, id)
                    .flatMap(
                        now ->
                            credentials
                                .delete(now.id())
                                .then(
                                    audit.add(
                                        caller.hash(),
                                        "byok.delete",
                                        now.id().toString(),
                                        now.provider()))
                                .as(transactions::transactional)
                                .then(updates.refresh().onErrorComplete())
                                .thenReturn(Map.<String, Object>of("deleted", true))));
  }

  /// Makes a change with its line in the audit log, brings it into force here, and reads it again.
  private Mono<Credential> changed(
      ApiKey caller, String action, Credential credential, Mono<Void> change) {
    return change
        .then(audit.add(caller.hash(), action, credential.id().toString(), credential.provider()))
        .as(transactions::transactional)
        .then(Mono.defer(() -> updates.refresh().onErrorComplete()))
        .then(Mono.defer(() -> owned(caller, credential.id().toString())));
  }

  private Mono<Credential> owned(ApiKey caller, String id) {
    return credentials
        .list(caller.accountId(), null)
        .filter(one -> one.id().toString().equals(id))
        .next()
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Resource not found")));
  }

  private static Credential merged(Credential now, Fields wish) {
    return new Credential(
        now.id(),
        now.provider(),
        now.account(),
        now.workspace(),
        wish.has("name") ? wish.text("name", 255) : now.name(),
        now.label(),
        wish.flag("disabled", now.disabled()),
        wish.flag("is_fallback", now.fallback()),
        allowed(wish, "allowed_models", now.allowedModels()),
        allowed(wish, "allowed_api_key_hashes", now.allowedKeys()),
        allowed(wish, "allowed_user_ids", now.allowedUsers()),
        now.sortOrder(),
        now.createdAt(),
        now.updatedAt(),
        now.wrappedBy());
  }

  private static Optional<List<String>> allowed(
      Fields wish, String name, Optional<List<String>> now) {
    if (!wish.has(name)) {
      return now;
    }
    Optional<List<String>> wished = wish.texts(name);
    if (wished.isPresent() && (wished.get().isEmpty() || wished.get().size() > MAX_ALLOWED)) {
      throw Problem.invalidRequest(name + ": 1 to 100 entries, or null");
    }
    return wished;
  }

  /// Keys that a credential is for must be the account's.
  private Mono<Void> known(Credential credential, ApiKey caller) {
    List<String> hashes = credential.allowedKeys().orElse(List.of());
    for (String hash : hashes) {
      if (!hash.matches("[0-9a-f]{64}")) {
        throw Problem.invalidRequest("allowed_api_key_hashes: 64 lowercase hex digits each");
      }
    }
    return Flux.fromIterable(hashes)
        .concatMap(
            hash ->
                keys.get(hash, caller.accountId())
                    .switchIfEmpty(
                        Mono.error(
                            () -> Problem.invalidRequest("allowed_api_key_hashes: no such key"))))
        .then();
  }

  private static Map<String, Object> data(Credential credential) {
    return Map.of("data", body(credential));
  }

  private static Map<String, @Nullable Object> body(Credential credential) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", credential.id().toString());
    body.put("provider", credential.provider());
    body.put("workspace_id", credential.workspace().map(UUID::toString).orElse(DEFAULT_WORKSPACE));
    body.put("label", credential.label());
    body.put("name", credential.name().orElse(null));
    body.put("disabled", credential.disabled());
    body.put("is_fallback", credential.fallback());
    body.put("allowed_models", credential.allowedModels().orElse(null));
    body.put("allowed_api_key_hashes", credential.allowedKeys().orElse(null));
    body.put("allowed_user_ids", credential.allowedUsers().orElse(null));
    body.put("sort_order", credential.sortOrder());
    body.put("created_at", credential.createdAt().toString());
    return body;
  }
}
