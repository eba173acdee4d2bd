package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.anthropic.AnthropicUsage;
import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.chat.UsageWriter;
import dev.signalbox.pricing.Usage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's own count, put together from where an answer tells it. What it says that we do not
/// know of goes on to the caller. Not thread-safe.
final class ReportedUsage {
  private static final String[] NULLABLE = {
    "cache_creation",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "inference_geo",
    "output_tokens_details",
    "server_tool_use",
    "service_tier"
  };

  private final AnthropicUsage counts = new AnthropicUsage();
  private final ObjectNode seen = Json.object();
  private boolean distrusted;

  /// Takes what one place says; nothing of it, nor of any other, counts where that cannot be
  /// believed.
  void add(JsonNode usage) {
    distrusted |= !Counts.areBelievable(usage);
    counts.add(usage);
    for (var member : usage.properties()) {
      if (!member.getValue().isNull() || !seen.has(member.getKey())) {
        seen.set(member.getKey(), member.getValue());
      }
    }
  }

  boolean isTold() {
    return !distrusted
        && seen.path("input_tokens").isNumber()
        && seen.path("output_tokens").isNumber();
  }

  boolean isDistrusted() {
    return distrusted;
  }

  /// @param leastOutput what was seen of the answer, where that may be more than was reported
  Usage total(long leastOutput) {
    return counts.total(leastOutput);
  }

  /// Returns what was reported, where that is what is charged, with what it cost.
  ObjectNode with(Receipt receipt) {
    ObjectNode usage = MessagesUsage.write(receipt);
    if (!isTold() || !receipt.usage().withImages(0).equals(counts.total())) {
      return usage;
    }
    for (var member : seen.properties()) {
      if (!member.getValue().isNull() && !UsageWriter.OF_COST.contains(member.getKey())) {
        usage.set(member.getKey(), member.getValue());
      }
    }
    return usage;
  }

  /// Adds the members that every `usage` must have.
  static ObjectNode completed(ObjectNode usage) {
    for (String name : NULLABLE) {
      if (!usage.has(name)) {
        usage.putNull(name);
      }
    }
    return usage;
  }
}
