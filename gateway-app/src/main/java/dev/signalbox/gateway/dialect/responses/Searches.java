package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import tools.jackson.databind.JsonNode;

/// The searches of the web that a response tells of, one item each. What was opened or looked
/// through after a search is not charged by OpenAI, and not counted here.
final class Searches {
  private Searches() {}

  /// @param response with its `output`, and perhaps a count in its `usage`
  static long in(JsonNode response) {
    long searches = 0;
    for (JsonNode item : response.path("output")) {
      boolean searched = Json.stringOr(item, "type", "").equals("web_search_call");
      if (searched && Json.stringOr(item.path("action"), "type", "search").equals("search")) {
        searches++;
      }
    }
    JsonNode usage = response.path("usage");
    return Math.max(
        searches, Json.count(usage.path("server_tool_use_details"), "web_search_requests"));
  }
}
