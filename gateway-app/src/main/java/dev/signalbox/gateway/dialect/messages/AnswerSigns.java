package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;

/// What an answer of Anthropic's Messages says of its end.
final class AnswerSigns {
  private AnswerSigns() {}

  static String finishReason(String raw) {
    return switch (raw) {
      case "max_tokens", "model_context_window_exceeded" -> "length";
      case "tool_use" -> "tool_calls";
      case "refusal" -> "content_filter";
      default -> "stop";
    };
  }

  /// Notes the words of a block or of a piece of one.
  ///
  /// @param place of the block in the answer
  static void words(int place, Members block, Transcript transcript) {
    for (String name : new String[] {"text", "partial_json", "thinking"}) {
      if (block.kind(name) == '"') {
        var span = block.span(name);
        switch (name) {
          case "thinking" -> transcript.thoughts(block.bytes(), span.from() + 1, span.length() - 2);
          case "partial_json" ->
              transcript.argued(place, block.bytes(), span.from() + 1, span.length() - 2);
          default -> transcript.visible(block.bytes(), span.from() + 1, span.length() - 2);
        }
      }
    }
    if (block.text("type").filter("tool_use"::equals).isPresent()) {
      call(place, block, transcript);
    } else if (block.kind("input") == '{') {
      transcript.visible(object(block, "input"));
    }
  }

  private static String object(Members block, String name) {
    var span = block.span(name);
    return new String(block.bytes(), span.from(), span.length(), StandardCharsets.UTF_8);
  }

  /// Notes a call of a caller's tool: its name, and, where they are there at once, its arguments.
  static void call(int place, Members block, Transcript transcript) {
    if (block.text("type").filter("tool_use"::equals).isEmpty()) {
      return;
    }
    if (block.kind("name") == '"') {
      var name = block.span("name");
      transcript.called(place, block.bytes(), name.from() + 1, name.length() - 2);
    }
    if (block.kind("input") == '{' && block.span("input").length() > 2) {
      transcript.argued(place, object(block, "input"));
    }
  }
}
