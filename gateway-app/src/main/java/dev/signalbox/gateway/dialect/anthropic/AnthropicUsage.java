package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.pricing.Usage;
import java.util.function.ToLongFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's count of tokens, put together from where a stream tells it. Cached tokens stand
/// beside the input, never in it. Not thread-safe.
public final class AnthropicUsage {
  /*
   * One answer may be several runs of a model: before a compaction and after it, of one that refused
   * and one that stepped in. What is billed is their sum; the counts beside them are sometimes the
   * sum and sometimes those of the last run alone.
   */

  private final ObjectNode seen = Json.object();

  public void add(JsonNode usage) {
    for (var member : usage.properties()) {
      if (!member.getValue().isNull()) {
        seen.set(member.getKey(), member.getValue());
      }
    }
  }

  public Usage total() {
    return total(0);
  }

  /// @param leastOutput what was seen of the answer, where that may be more than was reported
  public Usage total(long leastOutput) {
    long hour = Math.max(hour(seen), runs(AnthropicUsage::hour));
    long written = Math.max(hour, most("cache_creation_input_tokens"));
    long output = Math.max(leastOutput, most("output_tokens"));
    long thoughts =
        Math.min(output, Json.count(seen.path("output_tokens_details"), "thinking_tokens"));
    return new Usage(
        most("input_tokens"),
        0,
        most("cache_read_input_tokens"),
        written - hour,
        hour,
        output - thoughts,
        thoughts,
        0,
        0,
        0,
        Json.count(seen.path("server_tool_use"), "web_search_requests"));
  }

  private long most(String member) {
    return Math.max(Json.count(seen, member), runs(run -> Json.count(run, member)));
  }

  private static long hour(JsonNode counted) {
    return Json.count(counted.path("cache_creation"), "ephemeral_1h_input_tokens");
  }

  private long runs(ToLongFunction<JsonNode> count) {
    long sum = 0;
    for (JsonNode run : seen.path("iterations")) {
      sum += count.applyAsLong(run);
    }
    return sum;
  }
}
