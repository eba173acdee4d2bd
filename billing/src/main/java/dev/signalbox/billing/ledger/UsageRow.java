package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/// A usage record as the table has it: one JSON object with the columns' names, in UTF-8. Amounts
/// are texts, so that no reader takes them for binary floating point. What is nothing, or follows
/// from the rest, is left out: `usage_drain` puts it in, and half the record need not be written,
/// kept, sent and read.
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
        .text("account_id", record.accountId().toString())
        .text("key_hash", record.keyHash())
        .text("surface", record.surface())
        .text("model", record.model())
        .text("requested_model", asked(record))
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
        .amount("upstream_prompt_cost", record.upstreamCost().prompt())
        .amount("upstream_completion_cost", record.upstreamCost().completion())
        .amount("upstream_other_cost", record.upstreamCost().other())
        .amount("attempts_cost", record.attemptsCost())
        .amount("charged", record.charged())
        .amount("overrun", record.overrun())
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

  private static Optional<String> asked(UsageRecord record) {
    return Optional.of(record.requestedModel()).filter(model -> !model.equals(record.model()));
  }

  private static void usage(Usage usage, JsonRow row) {
    row.count("fresh_prompt_tokens", usage.freshPrompt())
        .count("image_prompt_tokens", usage.imagePrompt())
        .count("audio_prompt_tokens", usage.audioPrompt())
        .count("cache_read_tokens", usage.cacheRead())
        .count("audio_cache_read_tokens", usage.audioCacheRead())
        .count("cache_write_tokens", usage.cacheWrite())
        .count("cache_write_1h_tokens", usage.cacheWrite1h())
        .count("visible_tokens", usage.visible())
        .count("reasoning_tokens", usage.reasoning())
        .count("audio_completion_tokens", usage.audioCompletion())
        .count("image_completion_tokens", usage.imageCompletion())
        .count("images", usage.images())
        .count("web_searches", usage.webSearches());
  }

  private static void attempt(UsageRecord.AttemptRecord attempt, JsonRow row) {
    row.element()
        .text("endpoint_id", attempt.endpointId())
        .text("provider_name", attempt.providerName())
        .text("model", attempt.model())
        .flag("byok", attempt.own());
    if (!attempt.serviceTier().equals("default")) {
      row.text("service_tier", attempt.serviceTier());
    }
    attempt.status().ifPresent(status -> row.number("status", status));
    row.text("outcome", attempt.outcome())
        .number("latency", attempt.latencyMillis())
        .amount("cost", attempt.cost())
        .close('}');
  }
}
