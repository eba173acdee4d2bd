package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.chat.UsageWriter;
import dev.signalbox.gateway.problem.ErrorWords;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a response says of itself, most of which is what was asked. Not thread-safe.
final class ResponsesFrame {
  private static final List<String> REPEATED =
      List.of(
          "instructions",
          "metadata",
          "temperature",
          "top_p",
          "presence_penalty",
          "frequency_penalty",
          "max_output_tokens",
          "max_tool_calls",
          "top_logprobs",
          "reasoning",
          "text",
          "truncation",
          "user",
          "safety_identifier",
          "prompt_cache_key");
  private static final List<String> REQUIRED =
      List.of(
          "instructions",
          "metadata",
          "temperature",
          "top_p",
          "presence_penalty",
          "frequency_penalty");

  private final Members asked;
  private final AnswerFacts facts;
  private @Nullable FlatTools tools;

  /// @param asked the request
  ResponsesFrame(Members asked, AnswerFacts facts) {
    this.asked = asked;
    this.facts = facts;
  }

  ObjectNode response(String status) {
    var response =
        Json.object()
            .put("id", facts.generationId())
            .put("object", "response")
            .put("created_at", facts.created());
    response.putNull("completed_at");
    response.put("status", status);
    response.put("model", facts.model());
    response.put("provider", facts.providerName());
    response.putNull("error");
    response.putNull("incomplete_details");
    response.putArray("output");
    for (String name : REPEATED) {
      Optional<JsonNode> value = asked(name);
      if (value.isPresent()) {
        response.set(name, value.get());
      } else if (REQUIRED.contains(name)) {
        response.putNull(name);
      }
    }
    response.set("tools", asked("tools").orElseGet(Json::array));
    Optional<JsonNode> choice = asked("tool_choice");
    if (choice.isPresent()) {
      response.set("tool_choice", choice.get());
    } else {
      response.put("tool_choice", "auto");
    }
    response.put("parallel_tool_calls", asked.kind("parallel_tool_calls") != 'f');
    response.put("store", false);
    response.put("background", false);
    response.putNull("previous_response_id");
    return response;
  }

  /// Returns what the caller offered to call: read when something is called.
  FlatTools tools() {
    FlatTools known = tools;
    if (known == null) {
      known = FlatTools.of(asked("tools").orElseGet(Json::array));
      tools = known;
    }
    return known;
  }

  /// Returns whether the caller wants to bring thoughts back.
  boolean wantsSeals() {
    return asked("include")
        .map(
            include ->
                include
                    .valueStream()
                    .anyMatch(wish -> wish.asString("").equals("reasoning.encrypted_content")))
        .orElse(false);
  }

  private Optional<JsonNode> asked(String name) {
    Span span = asked.value(name);
    return span == null
        ? Optional.empty()
        : Optional.of(Json.parse(Arrays.copyOfRange(asked.bytes(), span.from(), span.to())));
  }

  /// Returns the response at its end.
  ObjectNode ended(Ending ending, Receipt receipt, ArrayNode output) {
    String reason = ending.finishReason().orElse("stop");
    var response = response(status(reason));
    switch (reason) {
      case "length" -> response.putObject("incomplete_details").put("reason", "max_output_tokens");
      case "content_filter" ->
          response.putObject("incomplete_details").put("reason", "content_filter");
      default -> response.put("completed_at", Instant.now().getEpochSecond());
    }
    return complete(response, receipt, output);
  }

  static String status(String finishReason) {
    return switch (finishReason) {
      case "length", "content_filter" -> "incomplete";
      case "error" -> "failed";
      default -> "completed";
    };
  }

  ObjectNode failed(UpstreamFault fault, Receipt receipt, ArrayNode output) {
    var response = response("failed");
    response
        .putObject("error")
        .put("code", ErrorWords.responses(fault.errorType()))
        .put("message", fault.message());
    response.put("error_type", fault.errorType());
    return complete(response, receipt, output);
  }

  private static ObjectNode complete(ObjectNode response, Receipt receipt, ArrayNode output) {
    response.set("output", output);
    response.put("output_text", text(output));
    response.put("service_tier", receipt.serviceTier().orElse("default"));
    response.set("usage", usage(receipt));
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> response.set("openrouter_metadata", metadata));
    return response;
  }

  private static String text(ArrayNode output) {
    var all = new StringBuilder();
    for (JsonNode item : output) {
      if (Json.stringOr(item, "type", "").equals("message")) {
        item.path("content").forEach(part -> all.append(Json.stringOr(part, "text", "")));
      }
    }
    return all.toString();
  }

  static ObjectNode usage(Receipt receipt) {
    var counted = receipt.usage();
    var usage = Json.object().put("input_tokens", counted.promptTokens());
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", counted.cached())
        .put("cache_write_tokens", counted.cacheWrite() + counted.cacheWrite1h());
    usage.put("output_tokens", counted.completionTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", counted.reasoning());
    usage.put("total_tokens", counted.totalTokens());
    UsageWriter.addCost(usage, receipt, "input", "output");
    if (counted.webSearches() > 0) {
      usage.putObject("server_tool_use_details").put("web_search_requests", counted.webSearches());
    }
    return usage;
  }

  /// Returns a name for an item, the same for the same place in the same answer.
  String itemId(String kind, int index) {
    String generation = facts.generationId();
    return kind + "_" + generation.substring(generation.lastIndexOf('-') + 1) + "_" + index;
  }

  static ObjectNode message(String id, String status, ArrayNode content) {
    var item = Json.object().put("type", "message").put("id", id).put("role", "assistant");
    item.put("status", status);
    item.set("content", content);
    return item;
  }

  static ObjectNode text(String words, ArrayNode annotations, ArrayNode logprobs) {
    var part = Json.object().put("type", "output_text").put("text", words);
    part.set("annotations", annotations);
    part.set("logprobs", logprobs);
    return part;
  }

  static ObjectNode refusal(String words) {
    return Json.object().put("type", "refusal").put("refusal", words);
  }

  static ObjectNode picture(String id, String dataUrl) {
    return Json.object()
        .put("type", "image_generation_call")
        .put("id", id)
        .put("status", "completed")
        .put("result", dataUrl.substring(dataUrl.indexOf(',') + 1));
  }

  /// Returns a chat's annotation as this API has it: not nested.
  static ObjectNode annotation(JsonNode annotation) {
    JsonNode inside = annotation.path("url_citation");
    if (!inside.isObject()) {
      return annotation instanceof ObjectNode object ? object.deepCopy() : Json.object();
    }
    return Json.object()
        .put("type", "url_citation")
        .put("url", Json.stringOr(inside, "url", ""))
        .put("title", Json.stringOr(inside, "title", ""))
        .put("start_index", Json.count(inside, "start_index"))
        .put("end_index", Json.count(inside, "end_index"));
  }

  /// Returns a chat's log probabilities as this API has them: a list.
  static ArrayNode logprobs(JsonNode chats) {
    return chats.path("content") instanceof ArrayNode list ? list : Json.array();
  }
}
