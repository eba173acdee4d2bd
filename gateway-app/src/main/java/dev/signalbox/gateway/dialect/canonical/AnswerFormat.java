package dev.signalbox.gateway.dialect.canonical;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What an answer's text must look like.
public sealed interface AnswerFormat {
  /// Any text.
  record Free() implements AnswerFormat {}

  /// Some JSON object.
  record AnyJson() implements AnswerFormat {}

  /// JSON of a schema.
  record Schema(
      String name, Optional<String> description, JsonNode schema, Optional<Boolean> strict)
      implements AnswerFormat {}
}
