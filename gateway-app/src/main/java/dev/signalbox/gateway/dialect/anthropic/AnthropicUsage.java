package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.pricing.Usage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's count of tokens, put together from where a stream tells it. Cached tokens stand
/// beside the input, never in it. Not thread-safe.
final class AnthropicUsage {
  private final ObjectNode seen = Json.object();

  void add(JsonNode usage) {
    for (var member : usage.properties()) {
      if (!member.getValue().isNull()) {
        seen.set(member.getKey(), member.getValue());
      }
    }
  }

  Usage total() {
    JsonNode creation = seen.path("cache_creation");
    long hour = Json.count(creation, "ephemeral_1h_input_tokens");
    long written = Math.max(hour, Json.count(seen, "cache_creation_input_tokens"));
    long output = Json.count(seen, "output_tokens");
    long thoughts =
        Math.min(output, Json.count(seen.path("output_tokens_details"), "thinking_tokens"));
    return new Usage(
        Json.count(seen, "input_tokens"),
        0,
        Json.count(seen, "cache_read_input_tokens"),
        written - hour,
        hour,
        output - thoughts,
        thoughts,
        0,
        0,
        0,
        Json.count(seen.path("server_tool_use"), "web_search_requests"));
  }
}
