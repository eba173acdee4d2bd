package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.json.JsonMapper;

/// A usage record as the table has it: one JSON object with the columns' names. Amounts are texts,
/// so that no reader takes them for binary floating point.
final class UsageRow {
  private static final JsonMapper JSON = new JsonMapper();

  private UsageRow() {}

  /// @param holder the run that held the credit, and `keyPot` the limit it is of
  static String json(UsageRecord record, OptionalLong holder, OptionalLong keyPot) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", record.id());
    row.put("kind", "usage");
    row.put("created_at", record.createdAt().toString());
    row.put("account_id", record.accountId().toString());
    row.put("key_hash", record.keyHash());
    row.put("surface", record.surface());
    row.put("model", record.model());
    row.put("requested_model", record.requestedModel());
    row.put("router", record.router().orElse(null));
    row.put("provider_slug", record.providerSlug());
    row.put("provider_name", record.providerName());
    row.put("endpoint_id", record.endpointId());
    row.put("upstream_id", record.upstreamId().orElse(null));
    row.put("service_tier", record.serviceTier().orElse(null));
    usage(record.usage(), row);
    row.put("estimated", record.estimated());
    row.put("pricing", JSON.readTree(record.pricing()));
    row.put("markup_percent", record.markupPercent().toPlainString());
    row.put("charge_factor", record.chargeFactor().toPlainString());
    row.put("waived", record.waived());
    row.put("upstream_prompt_cost", record.upstreamCost().prompt().toString());
    row.put("upstream_completion_cost", record.upstreamCost().completion().toString());
    row.put("upstream_other_cost", record.upstreamCost().other().toString());
    row.put("attempts_cost", record.attemptsCost().toString());
    row.put("charged", record.charged().toString());
    row.put("overrun", record.overrun().toString());
    row.put("byok", record.byok());
    row.put("streamed", record.streamed());
    row.put("cancelled", record.cancelled());
    row.put("finish_reason", record.finishReason().orElse(null));
    row.put("native_finish_reason", record.nativeFinishReason().orElse(null));
    record.latencyMillis().ifPresent(millis -> row.put("latency_ms", millis));
    record.generationMillis().ifPresent(millis -> row.put("generation_ms", millis));
    row.put("session_id", record.sessionId().orElse(null));
    row.put("external_user", record.externalUser().orElse(null));
    row.put("user_agent", record.userAgent().orElse(null));
    row.put("http_referer", record.httpReferer().orElse(null));
    row.put("app_title", record.appTitle().orElse(null));
    row.put("attempts", record.attempts().stream().map(UsageRow::attempt).toList());
    holder.ifPresent(id -> row.put("holder", id));
    keyPot.ifPresent(id -> row.put("key_pot", id));
    row.replaceAll((_, value) -> value instanceof String text ? StorableText.of(text) : value);
    return JSON.writeValueAsString(row);
  }

  private static void usage(Usage usage, Map<String, Object> row) {
    row.put("fresh_prompt_tokens", usage.freshPrompt());
    row.put("audio_prompt_tokens", usage.audioPrompt());
    row.put("cache_read_tokens", usage.cacheRead());
    row.put("cache_write_tokens", usage.cacheWrite());
    row.put("cache_write_1h_tokens", usage.cacheWrite1h());
    row.put("visible_tokens", usage.visible());
    row.put("reasoning_tokens", usage.reasoning());
    row.put("audio_completion_tokens", usage.audioCompletion());
    row.put("image_completion_tokens", usage.imageCompletion());
    row.put("images", usage.images());
    row.put("web_searches", usage.webSearches());
  }

  private static Map<String, Object> attempt(UsageRecord.AttemptRecord attempt) {
    var row = new LinkedHashMap<String, Object>();
    row.put("endpoint_id", attempt.endpointId());
    row.put("provider_name", attempt.providerName());
    row.put("model", attempt.model());
    row.put("status", attempt.status().orElse(null));
    row.put("outcome", attempt.outcome());
    row.put("latency", attempt.latencyMillis());
    if (!attempt.cost().isZero()) {
      row.put("cost", attempt.cost().toString());
    }
    return row;
  }
}
