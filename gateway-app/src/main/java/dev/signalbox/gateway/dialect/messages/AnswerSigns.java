package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.wire.Members;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What an answer of Anthropic's Messages says of its end. In a 2xx answer an error's type stands
/// for a status.
final class AnswerSigns {
  private AnswerSigns() {}

  static UpstreamFault malformed(String message) {
    return new UpstreamFault(502, "provider_unavailable", message, Optional.empty());
  }

  /// @param body with an `error`
  static UpstreamFault of(JsonNode body) {
    int status =
        switch (Json.stringOr(body.path("error"), "type", "")) {
          case "overloaded_error" -> 529;
          case "rate_limit_error" -> 429;
          case "invalid_request_error" -> 400;
          case "authentication_error" -> 401;
          case "billing_error" -> 402;
          case "permission_error" -> 403;
          case "not_found_error" -> 404;
          case "request_too_large" -> 413;
          case "timeout_error" -> 504;
          default -> 502;
        };
    return Faults.of(status, body);
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
