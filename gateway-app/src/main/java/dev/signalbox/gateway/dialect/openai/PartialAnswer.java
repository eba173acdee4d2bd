package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A whole answer that ended in an error, or whose bytes stopped coming, with what it had said.
final class PartialAnswer {
  private PartialAnswer() {}

  /// Returns the answer, if it has said anything.
  ///
  /// @param bytes perhaps not all of them
  /// @param text its choices hold texts, not messages
  static Optional<ObjectNode> of(byte[] bytes, boolean text) {
    return Json.tryParse(closed(new String(bytes, StandardCharsets.UTF_8)))
        .filter(ObjectNode.class::isInstance)
        .map(ObjectNode.class::cast)
        .filter(answer -> !said(answer, text).isEmpty());
  }

  private static String said(JsonNode answer, boolean text) {
    JsonNode choice = answer.path("choices").path(0);
    return Json.stringOr(text ? choice : choice.path("message"), text ? "text" : "content", "");
  }

  /// Returns what a choice says of the error it ended in.
  static UpstreamFault fault(JsonNode answer) {
    JsonNode error = answer.path("choices").path(0).path("error");
    return error.isObject()
        ? Faults.of(200, Json.object().set("error", error))
        : UpstreamFault.malformed("The provider's answer ended in an error");
  }

  /// Ends each choice in an error.
  static void end(ObjectNode answer, UpstreamFault fault) {
    for (JsonNode one : answer.path("choices")) {
      if (one instanceof ObjectNode choice) {
        if (!choice.has("index")) {
          choice.put("index", 0);
        }
        if (choice.path("message") instanceof ObjectNode message && !message.has("role")) {
          message.put("role", "assistant");
        }
        choice.putNull("logprobs");
        choice.put("finish_reason", "error");
        choice.put("native_finish_reason", Json.stringOr(choice, "native_finish_reason", "error"));
        var error = choice.putObject("error");
        error.put("code", fault.status()).put("message", fault.message());
        error.putObject("metadata").put("error_type", fault.errorType());
      }
    }
  }

  /// Returns text with what is open closed: its string, its objects and arrays.
  private static String closed(String text) {
    var open = new StringBuilder();
    boolean inString = false;
    int escape = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          escape = i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        open.append(c == '{' ? '}' : ']');
      } else if ((c == '}' || c == ']') && !open.isEmpty()) {
        open.setLength(open.length() - 1);
      }
    }
    String kept = text;
    if (inString) {
      // An escape that was cut, or a character of several bytes.
      boolean cut =
          escape >= 0
              && (escape + 2 > text.length()
                  || (text.charAt(escape + 1) == 'u' && escape + 6 > text.length()));
      kept = (cut ? text.substring(0, escape) : text).replaceAll("\uFFFD+$", "") + '"';
    }
    return kept + open.reverse();
  }
}
