package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Document;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads requests of OpenAI's Responses.
final class ResponsesRequestReader {
  private static final List<String> SETTINGS =
      List.of(
          "temperature",
          "top_p",
          "top_k",
          "frequency_penalty",
          "presence_penalty",
          "top_logprobs",
          "seed",
          "modalities",
          "image_config",
          "prompt_cache_key");

  private ResponsesRequestReader() {}

  static Prompt read(Document body) {
    JsonNode request;
    try {
      request = Json.parse(body);
    } catch (JacksonException notJson) {
      throw Problem.invalidRequest("The request body is not JSON.");
    }
    JsonNode choice = request.path("tool_choice");
    return new Prompt(
        messages(request),
        FlatTools.of(request.path("tools")).functions(allowed(choice)),
        toolChoice(choice),
        Json.flag(request, "parallel_tool_calls"),
        Json.number(request, "max_output_tokens"),
        List.of(),
        format(request.path("text").path("format")),
        thinking(request.path("reasoning")),
        Json.isTrue(request, "stream"),
        Json.string(request, "user").or(() -> Json.string(request, "safety_identifier")),
        Json.string(request, "service_tier"),
        cacheMark(request),
        settings(request));
  }

  private static List<Message> messages(JsonNode request) {
    var messages = new ArrayList<Message>();
    var items = new InputItems(messages);
    JsonNode instructions = request.path("instructions");
    if (instructions.isString()) {
      messages.add(Message.of(Message.Role.SYSTEM, Part.Text.of(instructions.stringValue())));
    } else {
      instructions.forEach(items::add);
    }
    JsonNode input = request.path("input");
    if (input.isString()) {
      messages.add(Message.of(Message.Role.USER, Part.Text.of(input.stringValue())));
    } else {
      input.forEach(items::add);
    }
    items.end();
    return messages;
  }

  private static Set<String> allowed(JsonNode choice) {
    var names = new HashSet<String>();
    if (Json.stringOr(choice, "type", "").equals("allowed_tools")) {
      choice.path("tools").forEach(tool -> flatName(tool).ifPresent(names::add));
    }
    return names;
  }

  private static ToolChoice toolChoice(JsonNode choice) {
    String word = choice.isString() ? choice.stringValue() : Json.stringOr(choice, "mode", "");
    if (choice.isObject() && word.isEmpty()) {
      return flatName(choice)
          .<ToolChoice>map(ToolChoice.Named::new)
          .orElseThrow(() -> Problem.invalidRequest("tool_choice: not the name of a function"));
    }
    return switch (word) {
      case "auto" -> new ToolChoice.Auto();
      case "none" -> new ToolChoice.None();
      case "required" -> new ToolChoice.Required();
      default -> new ToolChoice.Unsaid();
    };
  }

  private static Optional<String> flatName(JsonNode tool) {
    return Json.string(tool, "name")
        .map(name -> FlatTools.flat(Json.stringOr(tool, "namespace", ""), name));
  }

  private static AnswerFormat format(JsonNode format) {
    return switch (Json.stringOr(format, "type", "text")) {
      case "json_object" -> new AnswerFormat.AnyJson();
      case "json_schema" ->
          new AnswerFormat.Schema(
              Json.stringOr(format, "name", "answer"),
              Json.string(format, "description"),
              Json.member(format, "schema").orElseGet(Json::object),
              Json.flag(format, "strict"));
      case "text" -> new AnswerFormat.Free();
      default ->
          throw Problem.invalidRequest(
              "text.format.type: not one of text, json_object, json_schema");
    };
  }

  private static Thinking thinking(JsonNode reasoning) {
    return new Thinking(
        Json.string(reasoning, "effort"),
        Json.number(reasoning, "max_tokens"),
        Json.isTrue(reasoning, "exclude"),
        Json.flag(reasoning, "enabled"),
        Json.string(reasoning, "summary"));
  }

  static Optional<CacheMark> cacheMark(JsonNode node) {
    JsonNode mark = node.path("cache_control");
    return mark.isObject()
        ? Optional.of(new CacheMark(Json.string(mark, "ttl")))
        : Optional.empty();
  }

  private static Map<String, JsonNode> settings(JsonNode request) {
    var settings = new LinkedHashMap<String, JsonNode>();
    for (String name : SETTINGS) {
      Json.member(request, name).ifPresent(value -> settings.put(name, value));
    }
    Json.member(request.path("text"), "verbosity")
        .ifPresent(value -> settings.put("verbosity", value));
    for (JsonNode wish : request.path("include")) {
      if (wish.asString("").equals("message.output_text.logprobs")) {
        settings.put("logprobs", Json.parse("true".getBytes(StandardCharsets.US_ASCII)));
      }
    }
    return settings;
  }
}
