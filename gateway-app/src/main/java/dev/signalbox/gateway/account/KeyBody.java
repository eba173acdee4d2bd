package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.KeyDraft;
import dev.signalbox.billing.account.KeyRecord;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.account.Spending.Credits;
import dev.signalbox.billing.account.Spending.Spent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The JSON of a key, both ways.
public final class KeyBody {
  private KeyBody() {}

  /// Returns a key as `/keys` shows it.
  static Map<String, Object> listed(KeyRecord record, Spent spent) {
    ApiKey key = record.key();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("hash", key.hash());
    body.put("label", key.label());
    body.put("name", key.name());
    body.put("disabled", key.disabled());
    money(body, record, spent);
    body.put("created_at", record.createdAt().toString());
    body.put("updated_at", record.updatedAt().map(Instant::toString).orElse(null));
    body.put("expires_at", key.expiresAt().map(Instant::toString).orElse(null));
    body.put("creator_user_id", record.creatorUserId().orElse(null));
    body.put("workspace_id", record.workspaceId().toString());
    return plain(body);
  }

  /// Returns a key as `/key` shows it to whoever holds it.
  static Map<String, Object> current(KeyRecord record, Spent spent, Credits credits) {
    ApiKey key = record.key();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("label", key.label());
    money(body, record, spent);
    body.put("is_free_tier", !credits.everBought());
    body.put("is_management_key", key.management());
    body.put("is_provisioning_key", key.management());
    body.put("creator_user_id", record.creatorUserId().orElse(null));
    body.put("expires_at", key.expiresAt().map(Instant::toString).orElse(null));
    body.put("rate_limit", Map.of("requests", -1, "interval", "10s", "note", "deprecated"));
    return plain(body);
  }

  /// Returns a key as operators see it.
  public static Map<String, Object> administered(KeyRecord record, Spent spent) {
    ApiKey key = record.key();
    Map<String, Object> body = new LinkedHashMap<>(listed(record, spent));
    body.put("kind", key.kind().name().toLowerCase(Locale.ROOT));
    body.put("account_id", key.accountId().toString());
    body.put("requests_per_minute", key.requestsPerMinute());
    body.put("tokens_per_minute", key.tokensPerMinute());
    body.put("pass_through", key.passThrough());
    return body;
  }

  /// Reads the key that a caller wants for its own account.
  static KeyDraft created(UUID account, byte @Nullable [] body) {
    Fields wish = Fields.of(body);
    return changed(KeyDraft.named(account, wish.required("name"), ApiKey.Kind.INFERENCE), wish)
        .fresh(wish.utc("expires_at"), wish.text("creator_user_id"), wish.uuid("workspace_id"));
  }

  /// Reads the key that an operator wants for an account.
  public static KeyDraft created(UUID account, Fields wish) {
    wish.only(
        "name",
        "kind",
        "disabled",
        "limit",
        "limit_reset",
        "include_byok_in_limit",
        "expires_at",
        "creator_user_id",
        "workspace_id",
        "requests_per_minute",
        "tokens_per_minute",
        "pass_through");
    var kind =
        ApiKey.Kind.valueOf(
            wish.word("kind", "inference", "management", "operator")
                .orElse("inference")
                .toUpperCase(Locale.ROOT));
    return widened(changed(KeyDraft.named(account, wish.required("name"), kind), wish), wish)
        .fresh(wish.utc("expires_at"), wish.text("creator_user_id"), wish.uuid("workspace_id"));
  }

  /// Reads what an account wants changed of its key; what is absent stays.
  static KeyDraft changed(KeyRecord record, byte @Nullable [] body) {
    return changed(KeyDraft.of(record), Fields.of(body));
  }

  /// Reads what an operator wants changed of a key.
  public static KeyDraft changed(KeyRecord record, Fields wish) {
    wish.only(
        "name",
        "disabled",
        "limit",
        "limit_reset",
        "include_byok_in_limit",
        "requests_per_minute",
        "tokens_per_minute",
        "pass_through");
    return widened(changed(KeyDraft.of(record), wish), wish);
  }

  private static KeyDraft changed(KeyDraft now, Fields wish) {
    return new KeyDraft(
        now.accountId(),
        wish.has("name") ? wish.required("name") : now.name(),
        now.kind(),
        wish.flag("disabled", now.disabled()),
        wish.has("limit") ? wish.amount("limit") : now.limit(),
        wish.has("limit_reset")
            ? wish.word("limit_reset", "daily", "weekly", "monthly")
                .map(word -> LimitReset.valueOf(word.toUpperCase(Locale.ROOT)))
            : now.limitReset(),
        wish.flag("include_byok_in_limit", now.includeByokInLimit()),
        now.expiresAt(),
        now.creatorUserId(),
        now.workspaceId(),
        now.requestsPerMinute(),
        now.tokensPerMinute(),
        now.passThrough());
  }

  /// Reads what only operators may set.
  private static KeyDraft widened(KeyDraft now, Fields wish) {
    return new KeyDraft(
        now.accountId(),
        now.name(),
        now.kind(),
        now.disabled(),
        now.limit(),
        now.limitReset(),
        now.includeByokInLimit(),
        now.expiresAt(),
        now.creatorUserId(),
        now.workspaceId(),
        wish.whole("requests_per_minute").orElse(now.requestsPerMinute()),
        wish.whole("tokens_per_minute").orElse(now.tokensPerMinute()),
        wish.flag("pass_through", now.passThrough()));
  }

  private static void money(Map<String, @Nullable Object> body, KeyRecord record, Spent spent) {
    ApiKey key = record.key();
    BigDecimal limit = key.limit().map(money -> money.usd()).orElse(null);
    boolean byok = key.includeByokInLimit();
    BigDecimal used =
        switch (key.limitReset().orElse(null)) {
          case null -> sum(spent.total(), spent.byokTotal(), byok);
          case DAILY -> sum(spent.daily(), spent.byokDaily(), byok);
          case WEEKLY -> sum(spent.weekly(), spent.byokWeekly(), byok);
          case MONTHLY -> sum(spent.monthly(), spent.byokMonthly(), byok);
        };
    body.put("limit", limit == null ? null : number(limit));
    body.put(
        "limit_remaining",
        limit == null ? null : number(limit.subtract(used).max(BigDecimal.ZERO)));
    body.put(
        "limit_reset",
        key.limitReset().map(reset -> reset.name().toLowerCase(Locale.ROOT)).orElse(null));
    body.put("include_byok_in_limit", byok);
    body.put("usage", number(spent.total()));
    body.put("usage_daily", number(spent.daily()));
    body.put("usage_weekly", number(spent.weekly()));
    body.put("usage_monthly", number(spent.monthly()));
    body.put("byok_usage", number(spent.byokTotal()));
    body.put("byok_usage_daily", number(spent.byokDaily()));
    body.put("byok_usage_weekly", number(spent.byokWeekly()));
    body.put("byok_usage_monthly", number(spent.byokMonthly()));
  }

  private static BigDecimal sum(BigDecimal own, BigDecimal byok, boolean both) {
    return both ? own.add(byok) : own;
  }

  /// Without needless zeros, and without an exponent.
  public static BigDecimal number(BigDecimal value) {
    BigDecimal short_ = value.stripTrailingZeros();
    return short_.scale() < 0 ? short_.setScale(0) : short_;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> plain(Map<String, ?> body) {
    return (Map<String, Object>) body;
  }
}
