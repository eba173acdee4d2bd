package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Document;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads requests of Anthropic's Messages.
final class MessagesRequestReader {
  private static final List<String> SETTINGS = List.of("temperature", "top_p", "top_k");

  private MessagesRequestReader() {}

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
        Json.flag(request.path("tool_choice"), "disable_parallel_tool_use").map(off -> !off),
        Json.number(request, "max_tokens"),
        strings(request.path("stop_sequences")),
        format(request.path("output_config").path("format")),
        thinking(request),
        Json.isTrue(request, "stream"),
        Json.string(request, "user").or(() -> Json.string(request.path("metadata"), "user_id")),
        tier(request),
        cacheMark(request),
        settings(request));
  }

  private static List<Message> messages(JsonNode request) {
    var messages = new ArrayList<Message>();
    var blocks = new MessagesBlocks();
    JsonNode system = request.path("system");
    if (!system.isMissingNode() && !system.isNull()) {
      messages.add(new Message(Message.Role.SYSTEM, blocks.parts(system), Optional.empty()));
    }
    for (JsonNode message : request.path("messages")) {
      blocks.add(message, messages);
    }
    return messages;
  }

  private static List<Tool> tools(JsonNode request) {
    var tools = new ArrayList<Tool>();
    for (JsonNode tool : request.path("tools")) {
      String type = Json.stringOr(tool, "type", "custom");
      if (!type.equals("custom")) {
        throw Problem.invalidRequest(
            "tools[].type: %.64s is known only to Anthropic's own models".formatted(type));
      }
      tools.add(
          new Tool(
              Json.string(tool, "name")
                  .orElseThrow(() -> Problem.invalidRequest("tools[].name: missing")),
              Json.string(tool, "description"),
              Json.member(tool, "input_schema"),
              Json.flag(tool, "strict"),
              cacheMark(tool)));
    }
    return tools;
  }

  private static ToolChoice toolChoice(JsonNode choice) {
    return switch (Json.stringOr(choice, "type", "")) {
      case "" -> new ToolChoice.Unsaid();
      case "auto" -> new ToolChoice.Auto();
      case "any" -> new ToolChoice.Required();
      case "none" -> new ToolChoice.None();
      case "tool" ->
          new ToolChoice.Named(
              Json.string(choice, "name")
                  .orElseThrow(() -> Problem.invalidRequest("tool_choice.name: missing")));
      default -> throw Problem.invalidRequest("tool_choice.type: not one of auto, any, tool, none");
    };
  }

  private static List<String> strings(JsonNode words) {
    var strings = new ArrayList<String>();
    for (JsonNode word : words) {
      if (word.isString()) {
        strings.add(word.stringValue());
      }
    }
    return strings;
  }

  private static AnswerFormat format(JsonNode format) {
    return Json.stringOr(format, "type", "").equals("json_schema")
        ? new AnswerFormat.Schema(
            Json.stringOr(format, "name", "answer"),
            Optional.empty(),
            Json.member(format, "schema").orElseGet(Json::object),
            Optional.of(true))
        : new AnswerFormat.Free();
  }

  private static Thinking thinking(JsonNode request) {
    JsonNode thinking = request.path("thinking");
    boolean hidden = Json.stringOr(thinking, "display", "").equals("omitted");
    return switch (Json.stringOr(thinking, "type", "")) {
      case "enabled" -> {
        OptionalLong budget = Json.number(thinking, "budget_tokens");
        if (budget.isEmpty()) {
          throw Problem.invalidRequest("thinking.budget_tokens: missing");
        }
        yield new Thinking(Optional.empty(), budget, hidden, Optional.of(true), Optional.empty());
      }
      case "adaptive" ->
          new Thinking(
              effort(request), OptionalLong.empty(), hidden, Optional.of(true), Optional.empty());
      case "disabled" ->
          new Thinking(
              Optional.empty(), OptionalLong.empty(), false, Optional.of(false), Optional.empty());
      default -> Thinking.UNSAID;
    };
  }

  private static Optional<String> effort(JsonNode request) {
    return Json.string(request.path("output_config"), "effort");
  }

  private static Optional<String> tier(JsonNode request) {
    return Json.string(request, "service_tier")
        .map(tier -> tier.startsWith("standard") ? "default" : tier);
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
    boolean adaptive = Json.stringOr(request.path("thinking"), "type", "").equals("adaptive");
    if (!adaptive) {
      Json.member(request.path("output_config"), "effort")
          .ifPresent(effort -> settings.put("verbosity", effort));
    }
    return settings;
  }
}
