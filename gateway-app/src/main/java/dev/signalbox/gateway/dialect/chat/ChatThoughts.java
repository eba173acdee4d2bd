package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Writes elements of `reasoning_details`.
final class ChatThoughts {
  private ChatThoughts() {}

  /// OpenAI shows only summaries of its models' thoughts.
  static ObjectNode text(int block, String format, String text) {
    boolean summary = format.endsWith("responses-v1");
    return Json.object()
        .put("type", summary ? "reasoning.summary" : "reasoning.text")
        .put(summary ? "summary" : "text", text)
        .put("format", format)
        .put("index", block);
  }

  static ObjectNode signature(int block, String format, String signature) {
    return Json.object()
        .put("type", "reasoning.text")
        .put("signature", signature)
        .put("format", format)
        .put("index", block);
  }

  static ObjectNode sealed(int block, String data, Optional<String> id, String format) {
    return Json.object()
        .put("type", "reasoning.encrypted")
        .put("data", data)
        .put("id", id.orElse(null))
        .put("format", format)
        .put("index", block);
  }
}
