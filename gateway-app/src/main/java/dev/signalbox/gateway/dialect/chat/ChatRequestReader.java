package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Document;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads requests of `/chat/completions`, and `/completions` as a chat of one turn.
public final class ChatRequestReader {
  static final Set<String> SETTINGS =
      Set.of(
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "top_a",
          "frequency_penalty",
          "presence_penalty",
          "repetition_penalty",
          "seed",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "prediction",
          "verbosity",
          "modalities",
          "audio",
          "image_config",
          "prompt_cache_key",
          "web_search_options");

  private ChatRequestReader() {}

  static Prompt read(Document body) {
    JsonNode request;
    try {
      request = Json.parse(body);
    } catch (JacksonException notJson) {
      throw Problem.invalidRequest("The request body is not JSON.");
    }
    return new Prompt(
        messages(request),
        tools(request),
        toolChoice(request.path("tool_choice")),
        Json.flag(request, "parallel_tool_calls"),
        maxTokens(request),
        stop(request.path("stop")),
        format(request.path("response_format")),
        thinking(request),
        Json.isTrue(request, "stream"),
        Json.string(request, "user"),
        Json.string(request, "service_tier"),
        ChatParts.cacheMark(request),
        settings(request));
  }

  private static List<Message> messages(JsonNode request) {
    JsonNode prompt = request.path("prompt");
    if (!request.path("messages").isArray()) {
      return List.of(Message.of(Message.Role.USER, Part.Text.of(legacyPrompt(prompt))));
    }
    var names = new LinkedHashMap<String, String>();
    var messages = new ArrayList<Message>();
    for (JsonNode message : request.path("messages")) {
      messages.add(ChatParts.message(message, names));
    }
    return messages;
  }

  private static String legacyPrompt(JsonNode prompt) {
    if (prompt.isString()) {
      return prompt.stringValue();
    }
    if (prompt.isArray() && prompt.size() == 1 && prompt.path(0).isString()) {
      return prompt.path(0).stringValue();
    }
    throw Problem.invalidRequest("prompt: expected a string, or an array of one");
  }

  private static List<Tool> tools(JsonNode request) {
    var tools = new ArrayList<Tool>();
    Set<String> allowed = allowed(request.path("tool_choice").path("allowed_tools"));
    for (JsonNode tool : request.path("tools")) {
      JsonNode function = tool.path("function");
      boolean offered = allowed.isEmpty() || allowed.contains(Json.stringOr(function, "name", ""));
      if (function.isObject() && offered) {
        tools.add(
            new Tool(
                Json.stringOr(function, "name", ""),
                Json.string(function, "description"),
                Json.member(function, "parameters"),
                Json.flag(function, "strict"),
                ChatParts.cacheMark(tool)));
      }
    }
    return tools;
  }

  /// Returns the names of the tools that alone may be called; empty: all.
  private static Set<String> allowed(JsonNode choice) {
    var names = new HashSet<String>();
    for (JsonNode tool : choice.path("tools")) {
      Json.string(tool.path("function"), "name").ifPresent(names::add);
    }
    return names;
  }

  private static ToolChoice toolChoice(JsonNode choice) {
    if (choice.path("allowed_tools").isObject()) {
      return toolChoice(choice.path("allowed_tools").path("mode"));
    }
    if (choice.isObject()) {
      return Json.string(choice.path("function"), "name")
          .<ToolChoice>map(ToolChoice.Named::new)
          .orElseGet(ToolChoice.Auto::new);
    }
    return switch (choice.isString() ? choice.stringValue() : "") {
      case "auto" -> new ToolChoice.Auto();
      case "none" -> new ToolChoice.None();
      case "required" -> new ToolChoice.Required();
      default -> new ToolChoice.Unsaid();
    };
  }

  private static OptionalLong maxTokens(JsonNode request) {
    var cap = Json.number(request, "max_completion_tokens");
    return cap.isPresent() ? cap : Json.number(request, "max_tokens");
  }

  private static List<String> stop(JsonNode stop) {
    if (stop.isString()) {
      return List.of(stop.stringValue());
    }
    var words = new ArrayList<String>();
    for (JsonNode word : stop) {
      if (word.isString()) {
        words.add(word.stringValue());
      }
    }
    return words;
  }

  private static AnswerFormat format(JsonNode format) {
    return switch (Json.stringOr(format, "type", "text")) {
      case "json_object" -> new AnswerFormat.AnyJson();
      case "json_schema" -> {
        JsonNode schema = format.path("json_schema");
        yield new AnswerFormat.Schema(
            Json.stringOr(schema, "name", "answer"),
            Json.string(schema, "description"),
            Json.member(schema, "schema").orElseGet(Json::object),
            Json.flag(schema, "strict"));
      }
      default -> new AnswerFormat.Free();
    };
  }

  /// Reads what a request says of reasoning, in any of the three ways.
  public static Thinking thinking(JsonNode request) {
    JsonNode reasoning = request.path("reasoning");
    var effort = Json.string(reasoning, "effort");
    var shorthand = Json.string(request, "reasoning_effort");
    if (effort.isPresent() && shorthand.isPresent() && !effort.equals(shorthand)) {
      throw Problem.invalidRequest(
          "reasoning_effort: %s (expected: the same as reasoning.effort)"
              .formatted(shorthand.get()));
    }
    var legacy = Json.flag(request, "include_reasoning");
    return new Thinking(
        effort.or(() -> shorthand),
        Json.number(reasoning, "max_tokens"),
        Json.isTrue(reasoning, "exclude") || legacy.equals(Optional.of(false)),
        Json.flag(reasoning, "enabled")
            .or(() -> legacy.filter(wanted -> wanted && !reasoning.isObject())),
        Json.string(reasoning, "summary"));
  }

  private static Map<String, JsonNode> settings(JsonNode request) {
    var settings = new LinkedHashMap<String, JsonNode>();
    for (String name : SETTINGS) {
      Json.member(request, name).ifPresent(value -> settings.put(name, value));
    }
    return settings;
  }
}
