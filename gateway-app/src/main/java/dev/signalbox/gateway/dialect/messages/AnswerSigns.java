package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.wire.Members;
import java.util.Optional;

/// What an answer of Anthropic's Messages says of its end.
final class AnswerSigns {
  private AnswerSigns() {}

  static UpstreamFault malformed(String message) {
    return new UpstreamFault(502, "provider_unavailable", message, Optional.empty());
  }

  static String finishReason(String raw) {
    return switch (raw) {
      case "max_tokens", "model_context_window_exceeded" -> "length";
      case "tool_use" -> "tool_calls";
      case "refusal" -> "content_filter";
      default -> "stop";
    };
  }

  /// Notes the words of a block or of a piece of one.
  static void words(Members block, Transcript transcript) {
    for (String name : new String[] {"text", "partial_json", "thinking"}) {
      if (block.kind(name) == '"') {
        var span = block.span(name);
        if (name.equals("thinking")) {
          transcript.thoughts(block.bytes(), span.from() + 1, span.length() - 2);
        } else {
          transcript.visible(block.bytes(), span.from() + 1, span.length() - 2);
        }
      }
    }
    if (block.kind("input") == '{') {
      var span = block.span("input");
      transcript.visible(
          new String(
              block.bytes(), span.from(), span.length(), java.nio.charset.StandardCharsets.UTF_8));
    }
  }
}
