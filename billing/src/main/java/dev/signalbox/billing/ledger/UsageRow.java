package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Usage;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// A usage record as the table has it: one JSON object with the columns' names, in UTF-8. Amounts
/// are texts, so that no reader takes them for binary floating point.
final class UsageRow {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int TYPICAL_BYTES = 2_000;

  private UsageRow() {}

  /// @param holder the run that held the credit, and `keyPot` the limit it is of
  static byte[] json(UsageRecord record, OptionalLong holder, OptionalLong keyPot) {
    var bytes = new ByteArrayOutputStream(TYPICAL_BYTES);
    try (JsonGenerator row = JSON.createGenerator(bytes)) {
      row.writeStartObject();
      write(record, row);
      holder.ifPresent(id -> row.writeNumberProperty("holder", id));
      keyPot.ifPresent(id -> row.writeNumberProperty("key_pot", id));
      row.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(UsageRecord record, JsonGenerator row) {
    text(row, "id", record.id());
    text(row, "kind", "usage");
    text(row, "created_at", record.createdAt().toString());
    text(row, "account_id", record.accountId().toString());
    text(row, "key_hash", record.keyHash());
    text(row, "surface", record.surface());
    text(row, "model", record.model());
    text(row, "requested_model", record.requestedModel());
    text(row, "router", record.router());
    text(row, "provider_slug", record.providerSlug());
    text(row, "provider_name", record.providerName());
    text(row, "endpoint_id", record.endpointId());
    text(row, "upstream_id", record.upstreamId());
    text(row, "service_tier", record.serviceTier());
    usage(record.usage(), row);
    row.writeBooleanProperty("estimated", record.estimated());
    row.writeName("pricing").writeRawValue(record.pricing());
    text(row, "markup_percent", record.markupPercent().toPlainString());
    text(row, "charge_factor", record.chargeFactor().toPlainString());
    row.writeBooleanProperty("waived", record.waived());
    text(row, "upstream_prompt_cost", record.upstreamCost().prompt().toString());
    text(row, "upstream_completion_cost", record.upstreamCost().completion().toString());
    text(row, "upstream_other_cost", record.upstreamCost().other().toString());
    text(row, "attempts_cost", record.attemptsCost().toString());
    text(row, "charged", record.charged().toString());
    text(row, "overrun", record.overrun().toString());
    row.writeBooleanProperty("byok", record.byok());
    row.writeBooleanProperty("streamed", record.streamed());
    row.writeBooleanProperty("cancelled", record.cancelled());
    text(row, "finish_reason", record.finishReason());
    text(row, "native_finish_reason", record.nativeFinishReason());
    record.latencyMillis().ifPresent(millis -> row.writeNumberProperty("latency_ms", millis));
    record.generationMillis().ifPresent(millis -> row.writeNumberProperty("generation_ms", millis));
    text(row, "session_id", record.sessionId());
    text(row, "external_user", record.externalUser());
    text(row, "user_agent", record.userAgent());
    text(row, "http_referer", record.httpReferer());
    text(row, "app_title", record.appTitle());
    row.writeArrayPropertyStart("attempts");
    record.attempts().forEach(attempt -> attempt(attempt, row));
    row.writeEndArray();
  }

  /// What there is not is left out: the column is then null.
  private static void text(JsonGenerator row, String name, Optional<String> value) {
    if (value.isPresent()) {
      text(row, name, value.get());
    }
  }

  private static void text(JsonGenerator row, String name, String value) {
    row.writeStringProperty(name, StorableText.of(value));
  }

  private static void usage(Usage usage, JsonGenerator row) {
    row.writeNumberProperty("fresh_prompt_tokens", usage.freshPrompt());
    row.writeNumberProperty("image_prompt_tokens", usage.imagePrompt());
    row.writeNumberProperty("audio_prompt_tokens", usage.audioPrompt());
    row.writeNumberProperty("cache_read_tokens", usage.cacheRead());
    row.writeNumberProperty("audio_cache_read_tokens", usage.audioCacheRead());
    row.writeNumberProperty("cache_write_tokens", usage.cacheWrite());
    row.writeNumberProperty("cache_write_1h_tokens", usage.cacheWrite1h());
    row.writeNumberProperty("visible_tokens", usage.visible());
    row.writeNumberProperty("reasoning_tokens", usage.reasoning());
    row.writeNumberProperty("audio_completion_tokens", usage.audioCompletion());
    row.writeNumberProperty("image_completion_tokens", usage.imageCompletion());
    row.writeNumberProperty("images", usage.images());
    row.writeNumberProperty("web_searches", usage.webSearches());
  }

  private static void attempt(UsageRecord.AttemptRecord attempt, JsonGenerator row) {
    row.writeStartObject();
    text(row, "endpoint_id", attempt.endpointId());
    text(row, "provider_name", attempt.providerName());
    text(row, "model", attempt.model());
    if (attempt.own()) {
      row.writeBooleanProperty("byok", true);
    }
    if (!attempt.serviceTier().equals("default")) {
      text(row, "service_tier", attempt.serviceTier());
    }
    if (attempt.status().isPresent()) {
      row.writeNumberProperty("status", attempt.status().get());
    } else {
      row.writeNullProperty("status");
    }
    text(row, "outcome", attempt.outcome());
    row.writeNumberProperty("latency", attempt.latencyMillis());
    if (!attempt.cost().isZero()) {
      text(row, "cost", attempt.cost().toString());
    }
    row.writeEndObject();
  }
}
