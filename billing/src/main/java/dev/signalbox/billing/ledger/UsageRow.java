package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Usage;
import java.util.OptionalLong;

/// A usage record as the table has it: one JSON object with the columns' names, in UTF-8. Amounts
/// are texts, so that no reader takes them for binary floating point.
final class UsageRow {
  private UsageRow() {}

  /// @param holder the run that held the credit, and `keyPot` the limit it is of
  static byte[] json(UsageRecord record, OptionalLong holder, OptionalLong keyPot) {
    var row = new JsonRow();
    write(record, row);
    return row.number("holder", holder).number("key_pot", keyPot).bytes();
  }

  private static void write(UsageRecord record, JsonRow row) {
    row.text("id", record.id())
        .text("kind", "usage")
        .text("created_at", record.createdAt().toString())
        .text("account_id", record.accountId().toString())
        .text("key_hash", record.keyHash())
        .text("surface", record.surface())
        .text("model", record.model())
        .text("requested_model", record.requestedModel())
        .text("router", record.router())
        .text("provider_slug", record.providerSlug())
        .text("provider_name", record.providerName())
        .text("endpoint_id", record.endpointId())
        .text("upstream_id", record.upstreamId())
        .text("service_tier", record.serviceTier());
    usage(record.usage(), row);
    row.flag("estimated", record.estimated())
        .raw("pricing", record.pricing())
        .text("markup_percent", record.markupPercent().toPlainString())
        .text("charge_factor", record.chargeFactor().toPlainString())
        .flag("waived", record.waived())
        .text("upstream_prompt_cost", record.upstreamCost().prompt().toString())
        .text("upstream_completion_cost", record.upstreamCost().completion().toString())
        .text("upstream_other_cost", record.upstreamCost().other().toString())
        .text("attempts_cost", record.attemptsCost().toString())
        .text("charged", record.charged().toString())
        .text("overrun", record.overrun().toString())
        .flag("byok", record.byok())
        .flag("streamed", record.streamed())
        .flag("cancelled", record.cancelled())
        .text("finish_reason", record.finishReason())
        .text("native_finish_reason", record.nativeFinishReason())
        .number("latency_ms", record.latencyMillis())
        .number("generation_ms", record.generationMillis())
        .text("session_id", record.sessionId())
        .text("external_user", record.externalUser())
        .text("user_agent", record.userAgent())
        .text("http_referer", record.httpReferer())
        .text("app_title", record.appTitle());
    row.open("attempts", '[');
    record.attempts().forEach(attempt -> attempt(attempt, row));
    row.close(']');
  }

  private static void usage(Usage usage, JsonRow row) {
    row.number("fresh_prompt_tokens", usage.freshPrompt())
        .number("image_prompt_tokens", usage.imagePrompt())
        .number("audio_prompt_tokens", usage.audioPrompt())
        .number("cache_read_tokens", usage.cacheRead())
        .number("audio_cache_read_tokens", usage.audioCacheRead())
        .number("cache_write_tokens", usage.cacheWrite())
        .number("cache_write_1h_tokens", usage.cacheWrite1h())
        .number("visible_tokens", usage.visible())
        .number("reasoning_tokens", usage.reasoning())
        .number("audio_completion_tokens", usage.audioCompletion())
        .number("image_completion_tokens", usage.imageCompletion())
        .number("images", usage.images())
        .number("web_searches", usage.webSearches());
  }

  private static void attempt(UsageRecord.AttemptRecord attempt, JsonRow row) {
    row.element()
        .text("endpoint_id", attempt.endpointId())
        .text("provider_name", attempt.providerName())
        .text("model", attempt.model());
    if (attempt.own()) {
      row.flag("byok", true);
    }
    if (!attempt.serviceTier().equals("default")) {
      row.text("service_tier", attempt.serviceTier());
    }
    if (attempt.status().isPresent()) {
      row.number("status", attempt.status().get());
    } else {
      row.raw("status", "null");
    }
    row.text("outcome", attempt.outcome()).number("latency", attempt.latencyMillis());
    if (!attempt.cost().isZero()) {
      row.text("cost", attempt.cost().toString());
    }
    row.close('}');
  }
}
