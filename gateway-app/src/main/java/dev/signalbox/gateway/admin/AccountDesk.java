package dev.signalbox.gateway.admin;

import dev.signalbox.billing.account.Account;
import dev.signalbox.billing.account.Accounts;
import dev.signalbox.billing.account.KeyDraft;
import dev.signalbox.billing.account.KeyRecord;
import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.billing.account.TopUps;
import dev.signalbox.billing.account.TopUps.TopUp;
import dev.signalbox.gateway.account.Fields;
import dev.signalbox.gateway.account.KeyBody;
import dev.signalbox.gateway.admin.Changes.Line;
import dev.signalbox.gateway.problem.Problem;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Accounts, their credit and their keys.
final class AccountDesk {
  private static final String[] FIELDS = {
    "name",
    "unlimited",
    "markup_percent",
    "default_model",
    "default_sort",
    "allowed_providers",
    "ignored_providers",
    "zdr_only",
    "deny_data_collection"
  };

  private final Accounts accounts;
  private final TopUps topUps;
  private final KeyStore keys;
  private final Spending spending;
  private final PriceRules rules;
  private final Changes changes;

  AccountDesk(
      Accounts accounts,
      TopUps topUps,
      KeyStore keys,
      Spending spending,
      PriceRules rules,
      Changes changes) {
    this.accounts = accounts;
    this.topUps = topUps;
    this.keys = keys;
    this.spending = spending;
    this.rules = rules;
    this.changes = changes;
  }

  List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get("/accounts", this::list),
        AdminRoute.post("/accounts", this::create),
        AdminRoute.get("/accounts/{id}", asked -> shown(asked.id()).map(AdminReply::data)),
        AdminRoute.patch("/accounts/{id}", this::change),
        AdminRoute.delete("/accounts/{id}", this::delete),
        AdminRoute.get("/accounts/{id}/top-ups", this::topUps),
        AdminRoute.post("/accounts/{id}/top-ups", this::topUp),
        AdminRoute.get("/accounts/{id}/keys", this::keys),
        AdminRoute.post("/accounts/{id}/keys", this::createKey),
        AdminRoute.get(
            "/keys/{hash}", asked -> key(asked).flatMap(this::told).map(AdminReply::data)),
        AdminRoute.patch("/keys/{hash}", this::changeKey),
        AdminRoute.delete("/keys/{hash}", this::deleteKey));
  }

  private Mono<AdminReply> list(AdminRequest asked) {
    return accounts
        .list(asked.offset(), asked.limit())
        .concatMap(account -> spending.ofAccount(account.id()).map(sum -> body(account, sum)))
        .collectList()
        .zipWith(accounts.count(), AdminReply::page);
  }

  private Mono<AdminReply> create(AdminRequest asked) {
    Fields wish = asked.fields(FIELDS);
    Account account = merged(Account.named(wish.required("name", 255)), wish);
    Mono<Void> made =
        accounts.add(account).then(markup(account.id(), wish, account.markupPercent()));
    var line = new Line(asked.actor(), "account.create", account.id().toString(), wish.object());
    return applied(wish, line, made).then(shown(account.id())).map(AdminReply::created);
  }

  private Mono<AdminReply> change(AdminRequest asked) {
    Fields wish = asked.fields(FIELDS);
    return account(asked)
        .flatMap(
            now -> {
              Account account = merged(now, wish);
              Mono<Void> made =
                  accounts
                      .change(account)
                      .then(markup(account.id(), wish, account.markupPercent()));
              var line =
                  new Line(
                      asked.actor(),
                      "account.change",
                      now.id().toString(),
                      Map.of("before", settings(now), "change", wish.object()));
              return applied(wish, line, made).then(shown(now.id()));
            })
        .map(AdminReply::data);
  }

  /// A markup is part of the offer; the rest is not.
  private Mono<Boolean> applied(Fields wish, Line line, Mono<Void> made) {
    Mono<Boolean> change = made.thenReturn(true);
    return wish.has("markup_percent") ? changes.offer(line, change) : changes.make(line, change);
  }

  private Mono<Void> markup(UUID account, Fields wish, Optional<BigDecimal> percent) {
    return wish.has("markup_percent")
        ? rules.mark("account", account.toString(), percent.orElse(null), null).then()
        : Mono.empty();
  }

  private Mono<AdminReply> delete(AdminRequest asked) {
    if (asked.id().equals(asked.operator().accountId())) {
      throw Problem.invalidRequest("id: the account of the key that asks");
    }
    return account(asked)
        .flatMap(
            account ->
                changes.make(
                    new Line(
                        asked.actor(),
                        "account.delete",
                        account.id().toString(),
                        settings(account)),
                    accounts.delete(account.id()).thenReturn(true)))
        .map(any -> AdminReply.deleted());
  }

  private static Account merged(Account now, Fields wish) {
    return new Account(
        now.id(),
        wish.has("name") ? wish.required("name", 255) : now.name(),
        wish.flag("unlimited", now.unlimited()),
        wish.has("markup_percent") ? percent(wish) : now.markupPercent(),
        wish.has("default_model") ? wish.text("default_model", 255) : now.defaultModel(),
        wish.has("default_sort")
            ? wish.word("default_sort", "price", "throughput", "latency")
            : now.defaultSort(),
        slugs(wish, "allowed_providers", now.allowedProviders()),
        slugs(wish, "ignored_providers", now.ignoredProviders()),
        wish.flag("zdr_only", now.zdrOnly()),
        wish.flag("deny_data_collection", now.denyDataCollection()),
        now.createdAt(),
        now.updatedAt());
  }

  static Optional<BigDecimal> percent(Fields wish) {
    Optional<BigDecimal> percent = wish.amount(wish.has("percent") ? "percent" : "markup_percent");
    if (percent.isPresent()
        && (percent.get().scale() > 6 || percent.get().compareTo(new BigDecimal(1_000_000)) > 0)) {
      throw Problem.invalidRequest("percent: at most 1000000, and 6 digits after the point");
    }
    return percent;
  }

  private static Set<String> slugs(Fields wish, String name, Set<String> now) {
    return wish.has(name) ? Set.copyOf(wish.texts(name).orElse(List.of())) : now;
  }

  private Mono<Account> account(AdminRequest asked) {
    return accounts
        .get(asked.id())
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Account not found")));
  }

  private Mono<Map<String, Object>> shown(UUID id) {
    return accounts
        .get(id)
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Account not found")))
        .zipWhen(account -> spending.ofAccount(account.id()), AccountDesk::body);
  }

  private static Map<String, Object> body(Account account, Spending.Credits credits) {
    Map<String, @Nullable Object> body = settings(account);
    body.put("created_at", account.createdAt().toString());
    body.put("updated_at", account.updatedAt().map(Instant::toString).orElse(null));
    body.put(
        "balance",
        Map.of(
            "granted",
            KeyBody.number(credits.granted()),
            "used",
            KeyBody.number(credits.used()),
            "remaining",
            KeyBody.number(credits.granted().subtract(credits.used()))));
    return plain(body);
  }

  private static Map<String, @Nullable Object> settings(Account account) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", account.id().toString());
    body.put("name", account.name());
    body.put("unlimited", account.unlimited());
    body.put("markup_percent", account.markupPercent().map(KeyBody::number).orElse(null));
    body.put("default_model", account.defaultModel().orElse(null));
    body.put("default_sort", account.defaultSort().orElse(null));
    body.put("allowed_providers", account.allowedProviders().stream().sorted().toList());
    body.put("ignored_providers", account.ignoredProviders().stream().sorted().toList());
    body.put("zdr_only", account.zdrOnly());
    body.put("deny_data_collection", account.denyDataCollection());
    return body;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> plain(Map<String, ?> body) {
    return (Map<String, Object>) body;
  }

  private Mono<AdminReply> topUps(AdminRequest asked) {
    return account(asked)
        .flatMapMany(account -> topUps.list(account.id(), asked.offset(), asked.limit()))
        .map(AccountDesk::body)
        .collectList()
        .map(AdminReply::data);
  }

  /// Sent again with its key, it is answered again, and nothing is given twice.
  private Mono<AdminReply> topUp(AdminRequest asked) {
    Fields wish = asked.fields("amount", "kind", "reason", "idempotency_key");
    BigDecimal amount =
        wish.decimal("amount")
            .filter(usd -> usd.signum() != 0)
            .orElseThrow(() -> Problem.invalidRequest("amount: required, and not 0"));
    String kind = wish.word("kind", "purchase", "grant", "adjustment").orElse("purchase");
    if (amount.signum() < 0 && !kind.equals("adjustment")) {
      throw Problem.invalidRequest("amount: only an adjustment takes credit back");
    }
    String reason = wish.text("reason", 1_000).orElse("");
    String key = wish.required("idempotency_key", 255);
    return account(asked)
        .flatMap(
            account ->
                changes
                    .make(
                        new Line(
                            asked.actor(),
                            "account.top-up",
                            account.id().toString(),
                            wish.object()),
                        topUps.add(account.id(), amount, kind, reason, asked.actor(), key))
                    .map(made -> AdminReply.created(body(made)))
                    .switchIfEmpty(
                        topUps
                            .find(account.id(), key)
                            .map(made -> again(made, amount, kind, reason))));
  }

  private static AdminReply again(TopUp made, BigDecimal amount, String kind, String reason) {
    if (made.usd().compareTo(amount) != 0
        || !made.kind().equals(kind)
        || !made.reason().equals(reason)) {
      throw Problem.of(
          409, "invalid_request", "idempotency_key: was used before, for something else");
    }
    return AdminReply.data(body(made));
  }

  private static Map<String, Object> body(TopUp topUp) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", topUp.id().toString());
    body.put("account_id", topUp.account().toString());
    body.put("amount", KeyBody.number(topUp.usd()));
    body.put("kind", topUp.kind());
    body.put("reason", topUp.reason());
    body.put("actor", topUp.actor());
    body.put("idempotency_key", topUp.key().orElse(null));
    body.put("created_at", topUp.createdAt().toString());
    return plain(body);
  }

  private Mono<AdminReply> keys(AdminRequest asked) {
    return account(asked)
        .flatMapMany(account -> keys.list(account.id(), null, true, asked.offset(), asked.limit()))
        .concatMap(this::told)
        .collectList()
        .map(AdminReply::data);
  }

  private Mono<AdminReply> createKey(AdminRequest asked) {
    String secret = KeySecret.generate();
    return account(asked)
        .flatMap(
            account -> {
              KeyDraft draft = KeyBody.created(account.id(), Fields.of(asked.body()));
              return keys.add(secret, draft, false, asked.actor());
            })
        .flatMap(this::told)
        .map(
            made -> {
              Map<String, Object> body = new LinkedHashMap<>();
              body.put("data", made);
              body.put("key", secret);
              return new AdminReply(201, body);
            });
  }

  private Mono<AdminReply> changeKey(AdminRequest asked) {
    Fields wish = Fields.of(asked.body());
    return keys.change(
            asked.path("hash"), null, found -> KeyBody.changed(found, wish), asked.actor())
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Resource not found")))
        .flatMap(this::told)
        .map(AdminReply::data);
  }

  private Mono<AdminReply> deleteKey(AdminRequest asked) {
    if (asked.path("hash").equals(asked.operator().hash())) {
      throw Problem.invalidRequest("hash: the key that asks");
    }
    return key(asked)
        .flatMap(found -> keys.delete(found.key().hash(), asked.actor()))
        .map(any -> AdminReply.deleted());
  }

  private Mono<KeyRecord> key(AdminRequest asked) {
    return keys.get(asked.path("hash"), null)
        .switchIfEmpty(Mono.error(() -> Problem.notFound("Key not found")));
  }

  private Mono<Map<String, Object>> told(KeyRecord record) {
    return spending
        .of(record.key().hash())
        .defaultIfEmpty(Spending.Spent.NOTHING)
        .map(spent -> KeyBody.administered(record, spent));
  }
}
