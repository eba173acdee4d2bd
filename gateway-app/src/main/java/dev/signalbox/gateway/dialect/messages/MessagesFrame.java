package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.problem.ErrorWords;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a message says of itself, and its blocks.
record MessagesFrame(AnswerFacts facts) {
  ObjectNode message() {
    var message =
        Json.object()
            .put("id", facts.generationId())
            .put("type", "message")
            .put("role", "assistant")
            .put("model", facts.model())
            .put("provider", facts.providerName());
    message.putNull("container");
    message.putArray("content");
    message.putNull("stop_reason");
    message.putNull("stop_sequence");
    message.putNull("stop_details");
    return message;
  }

  ObjectNode error(UpstreamFault fault) {
    var tree = Json.object().put("type", "error");
    tree.putObject("error")
        .put("type", ErrorWords.anthropic(fault.errorType()))
        .put("message", fault.message())
        .put("error_type", fault.errorType());
    return tree.put("request_id", facts.generationId());
  }

  static ObjectNode text(String words) {
    var text = Json.object().put("type", "text").put("text", words);
    // Not null, which is allowed too: `@ai-sdk/anthropic` does not read it.
    text.putArray("citations");
    return text;
  }

  static ObjectNode thinking(String words, String signature) {
    return Json.object().put("type", "thinking").put("thinking", words).put("signature", signature);
  }

  static ObjectNode sealed(String data) {
    return Json.object().put("type", "redacted_thinking").put("data", data);
  }

  static ObjectNode call(String id, String name, ObjectNode input) {
    var tree = Json.object().put("type", "tool_use").put("id", id).put("name", name);
    tree.set("input", input);
    tree.putObject("caller").put("type", "direct");
    return tree;
  }

  /// A picture has no block of its own in an answer.
  static String picture(String url) {
    return "![image](" + url + ")";
  }

  /// Returns an annotation as a citation, where it is one.
  static Optional<ObjectNode> citation(JsonNode annotation) {
    JsonNode cited = annotation.path("url_citation");
    if (!cited.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        Json.object()
            .put("type", "web_search_result_location")
            .put("cited_text", Json.stringOr(cited, "content", ""))
            .put("encrypted_index", "")
            .put("title", Json.stringOr(cited, "title", ""))
            .put("url", Json.stringOr(cited, "url", "")));
  }

  /// @param reason the contract's word
  static String stopReason(
      String reason, Optional<String> raw, Optional<String> stopSequence, boolean called) {
    return switch (reason) {
      case "length" -> raw.filter("model_context_window_exceeded"::equals).orElse("max_tokens");
      case "tool_calls" -> "tool_use";
      case "content_filter" -> "refusal";
      default -> {
        if (called) {
          yield "tool_use";
        }
        String word = raw.orElse("").toLowerCase(Locale.ROOT);
        // Some providers say that it was one, but not which.
        boolean sequence = stopSequence.isPresent() || word.equals("stop_sequence");
        yield sequence ? "stop_sequence" : word.equals("pause_turn") ? word : "end_turn";
      }
    };
  }
}
