package dev.signalbox.gateway.surface;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A stream as a client reads it.
///
/// @param name empty where the event has none
record Sse(String name, String data) {
  private static final JsonMapper JSON = new JsonMapper();

  static List<Sse> read(String stream) {
    var events = new ArrayList<Sse>();
    for (String block : stream.split("\n\n")) {
      String name = "";
      String data = "";
      for (String line : block.split("\n")) {
        if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        }
      }
      if (!data.isEmpty()) {
        events.add(new Sse(name, data));
      }
    }
    return events;
  }

  JsonNode json() {
    return JSON.readTree(data);
  }
}
