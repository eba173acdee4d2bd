package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.Event;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of a provider. Not thread-safe.
public interface AnswerReader {
  /// Reads one frame of a stream.
  ///
  /// @param name the event's name, empty where the framing has none
  /// @return whether it was the last
  boolean frame(String name, JsonNode data, Consumer<Event> out);

  /// Reads a plain answer, whole.
  void whole(JsonNode body, Consumer<Event> out);
}
