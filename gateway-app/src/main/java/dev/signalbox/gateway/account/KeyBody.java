package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.KeyDraft;
import dev.signalbox.billing.account.KeyRecord;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.account.Spending.Credits;
import dev.signalbox.billing.account.Spending.Spent;
import dev.signalbox.gateway.problem.Problem;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JSON of a key, both ways.
final class KeyBody {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

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

  /// Reads the key that a caller wants.
  static KeyDraft created(UUID account, byte @Nullable [] body) {
    JsonNode wish = object(body);
    if (!wish.has("name")) {
      throw Problem.invalidRequest("name: required");
    }
    KeyDraft draft = merged(KeyDraft.named(account, "?", ApiKey.Kind.INFERENCE), wish);
    return new KeyDraft(
        account,
        draft.name(),
        ApiKey.Kind.INFERENCE,
        false,
        draft.limit(),
        draft.limitReset(),
        draft.includeByokInLimit(),
        text(wish, "expires_at").map(KeyBody::utc),
        text(wish, "creator_user_id"),
        text(wish, "workspace_id").map(KeyBody::uuid),
        0,
        0,
        false);
  }

  /// Reads what a caller wants changed; what is absent stays.
  static KeyDraft changed(KeyRecord record, byte @Nullable [] body) {
    ApiKey key = record.key();
    var now =
        new KeyDraft(
            key.accountId(),
            key.name(),
            key.kind(),
            key.disabled(),
            key.limit().map(limit -> limit.usd()),
            key.limitReset(),
            key.includeByokInLimit(),
            key.expiresAt(),
            record.creatorUserId(),
            Optional.of(record.workspaceId()),
            key.requestsPerMinute(),
            key.tokensPerMinute(),
            key.passThrough());
    return merged(now, object(body));
  }

  private static KeyDraft merged(KeyDraft now, JsonNode wish) {
    return new KeyDraft(
        now.accountId(),
        wish.has("name") ? name(wish) : now.name(),
        now.kind(),
        flag(wish, "disabled", now.disabled()),
        wish.has("limit") ? limit(wish.get("limit")) : now.limit(),
        wish.has("limit_reset") ? text(wish, "limit_reset").map(KeyBody::reset) : now.limitReset(),
        flag(wish, "include_byok_in_limit", now.includeByokInLimit()),
        now.expiresAt(),
        now.creatorUserId(),
        now.workspaceId(),
        now.requestsPerMinute(),
        now.tokensPerMinute(),
        now.passThrough());
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
  static BigDecimal number(BigDecimal value) {
    BigDecimal short_ = value.stripTrailingZeros();
    return short_.scale() < 0 ? short_.setScale(0) : short_;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> plain(Map<String, ?> body) {
    return (Map<String, Object>) body;
  }

  private static JsonNode object(byte @Nullable [] body) {
    try {
      JsonNode node = JSON.readTree(body == null ? new byte[0] : body);
      if (node.isObject()) {
        return node;
      }
    } catch (JacksonException e) {
      // Said below: the parser's words may quote the body.
    }
    throw Problem.invalidRequest("The body must be a JSON object");
  }

  private static String name(JsonNode wish) {
    return text(wish, "name")
        .filter(name -> !name.isBlank())
        .orElseThrow(() -> Problem.invalidRequest("name: must not be empty"));
  }

  private static Optional<String> text(JsonNode wish, String field) {
    JsonNode node = wish.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    if (!node.isString()) {
      throw Problem.invalidRequest(field + ": must be a string");
    }
    return Optional.of(node.stringValue());
  }

  private static boolean flag(JsonNode wish, String field, boolean otherwise) {
    JsonNode node = wish.path(field);
    if (node.isMissingNode()) {
      return otherwise;
    }
    if (!node.isBoolean()) {
      throw Problem.invalidRequest(field + ": must be a boolean");
    }
    return node.booleanValue();
  }

  private static Optional<BigDecimal> limit(JsonNode node) {
    if (node.isNull()) {
      return Optional.empty();
    }
    if (!node.isNumber()) {
      throw Problem.invalidRequest("limit: must be a number or null");
    }
    BigDecimal limit = node.decimalValue();
    if (limit.signum() < 0 || limit.precision() - limit.scale() > 20 || limit.scale() > 18) {
      throw Problem.invalidRequest("limit: out of range");
    }
    return Optional.of(limit);
  }

  private static LimitReset reset(String name) {
    return switch (name) {
      case "daily" -> LimitReset.DAILY;
      case "weekly" -> LimitReset.WEEKLY;
      case "monthly" -> LimitReset.MONTHLY;
      default -> throw Problem.invalidRequest("limit_reset: daily, weekly, monthly or null");
    };
  }

  private static Instant utc(String text) {
    try {
      OffsetDateTime at = OffsetDateTime.parse(text);
      if (at.getOffset().equals(ZoneOffset.UTC)) {
        return at.toInstant();
      }
    } catch (DateTimeException e) {
      // Said below.
    }
    throw Problem.invalidRequest("expires_at: must be an ISO 8601 time in UTC");
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw Problem.invalidRequest("workspace_id: must be a UUID");
    }
  }
}
