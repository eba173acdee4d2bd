package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.ToolCalls;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.chat.UsageWriter;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.pricing.Usage;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a provider's response object says, and what of it is changed for the caller.
///
/// @param tree the object
record UpstreamResponse(ObjectNode tree) {
  /// Members that every response must have.
  private static final List<String> NULLABLE =
      List.of(
          "completed_at",
          "error",
          "incomplete_details",
          "instructions",
          "metadata",
          "temperature",
          "top_p",
          "presence_penalty",
          "frequency_penalty");

  String status() {
    return Json.stringOr(tree, "status", "");
  }

  /// Returns why the answer failed, if it did.
  Optional<UpstreamFault> fault() {
    if (tree.path("error").isObject()) {
      return Optional.of(Faults.of(200, tree));
    }
    return switch (status()) {
      case "failed", "cancelled" ->
          Optional.of(UpstreamFault.malformed("The provider's answer ended as " + status()));
      default -> Optional.empty();
    };
  }

  Optional<String> finishReason() {
    return switch (status()) {
      case "completed" -> Optional.of(calls() ? "tool_calls" : "stop");
      case "incomplete" ->
          Optional.of(
              Json.stringOr(tree.path("incomplete_details"), "reason", "").equals("content_filter")
                  ? "content_filter"
                  : "length");
      default -> Optional.empty();
    };
  }

  private boolean calls() {
    for (JsonNode item : tree.path("output")) {
      if (Json.stringOr(item, "type", "").equals("function_call")) {
        return true;
      }
    }
    return false;
  }

  ToolCalls toolCalls() {
    return words().toolCalls().orElseGet(ToolCalls::new);
  }

  /// Returns what it says, thinks and calls.
  Transcript words() {
    var words = new Transcript();
    int place = 0;
    for (JsonNode item : tree.path("output")) {
      switch (Json.stringOr(item, "type", "")) {
        case "function_call" -> {
          words.called(place, Json.stringOr(item, "name", ""));
          words.argued(place++, Json.stringOr(item, "arguments", ""));
        }
        case "reasoning" -> {
          texts(item.path("summary"), words::thoughts);
          texts(item.path("content"), words::thoughts);
        }
        case "custom_tool_call" -> words.visible(Json.stringOr(item, "input", ""));
        default -> texts(item.path("content"), words::visible);
      }
    }
    if (isDistrusted()) {
      words.distrust();
    }
    return words;
  }

  private static void texts(JsonNode parts, Consumer<String> words) {
    for (JsonNode part : parts) {
      words.accept(Json.stringOr(part, "text", Json.stringOr(part, "refusal", "")));
    }
  }

  /// Returns whether its usage cannot be believed.
  boolean isDistrusted() {
    return tree.path("usage").isObject() && !Counts.areBelievable(tree.path("usage"));
  }

  Optional<Usage> usage() {
    JsonNode usage = tree.path("usage");
    if (!usage.path("input_tokens").isNumber()
        || !usage.path("output_tokens").isNumber()
        || isDistrusted()) {
      return Optional.empty();
    }
    long input = Json.count(usage, "input_tokens");
    long output = Json.count(usage, "output_tokens");
    JsonNode details = usage.path("input_tokens_details");
    long cached = Math.min(input, Json.count(details, "cached_tokens"));
    long written = Math.min(input - cached, Json.count(details, "cache_write_tokens"));
    long thoughts =
        Math.min(output, Json.count(usage.path("output_tokens_details"), "reasoning_tokens"));
    return Optional.of(
        new Usage(
            input - cached - written,
            0,
            cached,
            written,
            0,
            output - thoughts,
            thoughts,
            0,
            0,
            0,
            Searches.in(tree)));
  }

  /// Tells whose answer it is, and adds what it must have.
  void sign(AnswerFacts facts) {
    tree.put("id", facts.generationId());
    tree.put("model", facts.model());
    tree.put("provider", facts.providerName());
    tree.put("object", "response");
    if (!tree.path("created_at").isNumber()) {
      tree.put("created_at", facts.created());
    }
    for (String name : NULLABLE) {
      if (!tree.has(name)) {
        tree.putNull(name);
      }
    }
    if (!tree.has("tools")) {
      tree.putArray("tools");
    }
    if (!tree.has("tool_choice")) {
      tree.put("tool_choice", "auto");
    }
    if (!tree.has("parallel_tool_calls")) {
      tree.put("parallel_tool_calls", true);
    }
  }

  /// Adds what it cost to what it used, as its provider told that where that is what is charged.
  void price(Receipt receipt) {
    ObjectNode usage = ResponsesFrame.usage(receipt);
    boolean charged = usage().filter(receipt.usage().withImages(0)::equals).isPresent();
    if (charged && tree.path("usage") instanceof ObjectNode own) {
      for (var member : own.properties()) {
        if (!UsageWriter.OF_COST.contains(member.getKey())) {
          usage.set(member.getKey(), member.getValue());
        }
      }
    }
    tree.set("usage", usage);
    receipt
        .routerMetadata()
        .flatMap(Json::tryParse)
        .ifPresent(metadata -> tree.set("openrouter_metadata", metadata));
  }
}
