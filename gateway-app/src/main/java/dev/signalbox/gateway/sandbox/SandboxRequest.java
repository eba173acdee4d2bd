package dev.signalbox.gateway.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What a chat or completion asks of the sandbox.
///
/// @param tool that is to be called, with its schema
/// @param schema that the answer must fit; an empty object for any JSON object
/// @param thoughts words to think before answering
record SandboxRequest(
    String model,
    String prompt,
    boolean text,
    boolean stream,
    boolean wantsUsage,
    Optional<JsonNode> tool,
    Optional<JsonNode> schema,
    List<String> stops,
    Optional<Integer> maxTokens,
    int thoughts) {

  /// A request that no provider would take; the message says why.
  static final class Invalid extends RuntimeException {
    Invalid(String message) {
      super(message, null, false, false);
    }
  }

  static SandboxRequest of(JsonNode body, boolean text) {
    if (!body.isObject()) {
      throw new Invalid("the body is no JSON object");
    }
    if (text
        ? !body.has("prompt")
        : !body.path("messages").isArray() || body.path("messages").isEmpty()) {
      throw new Invalid(text ? "prompt: missing" : "messages: missing or empty");
    }
    return new SandboxRequest(
        body.path("model").asString("sandbox"),
        SandboxText.prompt(body),
        text,
        body.path("stream").asBoolean(false),
        body.path("stream_options").path("include_usage").asBoolean(false),
        text ? Optional.empty() : tool(body),
        schema(body.path("response_format")),
        stops(body.path("stop")),
        maxTokens(body),
        text ? 0 : thoughts(body));
  }

  /// The tool that `tool_choice` names, or the first. It is called once: not again when its result
  /// is there, unless it must be.
  private static Optional<JsonNode> tool(JsonNode body) {
    JsonNode tools = body.path("tools");
    JsonNode choice = body.path("tool_choice");
    if (choice.isObject()) {
      String name = choice.path("function").path("name").asString("");
      for (JsonNode tool : tools) {
        if (tool.path("function").path("name").asString("").equals(name)) {
          return Optional.of(tool.path("function"));
        }
      }
      throw new Invalid("tool_choice: no tool is called '" + name + "'");
    }
    if (!tools.isArray() || tools.isEmpty() || choice.asString("").equals("none")) {
      return Optional.empty();
    }
    JsonNode messages = body.path("messages");
    boolean told = messages.get(messages.size() - 1).path("role").asString("").equals("tool");
    return told && !choice.asString("").equals("required")
        ? Optional.empty()
        : Optional.of(tools.get(0).path("function"));
  }

  private static Optional<JsonNode> schema(JsonNode format) {
    return switch (format.path("type").asString("text")) {
      case "text" -> Optional.empty();
      case "json_object" -> Optional.of(format.path("schema"));
      case "json_schema" -> {
        JsonNode schema = format.path("json_schema").path("schema");
        if (!schema.isObject()) {
          throw new Invalid("response_format.json_schema.schema: missing");
        }
        yield Optional.of(schema);
      }
      default -> throw new Invalid("response_format.type: unknown");
    };
  }

  private static List<String> stops(JsonNode stop) {
    var stops = new ArrayList<String>();
    if (stop.isString()) {
      stops.add(stop.asString());
    }
    if (stop.isArray()) {
      stop.forEach(one -> stops.add(one.asString("")));
    }
    stops.removeIf(String::isEmpty);
    return stops;
  }

  private static Optional<Integer> maxTokens(JsonNode body) {
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      if (body.path(name).isNumber()) {
        return Optional.of(Math.clamp(body.path(name).asLong(1), 1, 1_000_000));
      }
    }
    return Optional.empty();
  }

  private static int thoughts(JsonNode body) {
    JsonNode reasoning = body.path("reasoning");
    String effort = reasoning.path("effort").asString(body.path("reasoning_effort").asString(""));
    boolean asked =
        reasoning.path("enabled").asBoolean(false) || reasoning.path("max_tokens").isNumber();
    int words =
        switch (effort) {
          case "none" -> 0;
          case "minimal" -> 4;
          case "low" -> 8;
          case "medium" -> 16;
          case "high" -> 32;
          case "xhigh", "max" -> 64;
          default -> asked ? 16 : 0;
        };
    return Math.min(words, reasoning.path("max_tokens").asInt(Integer.MAX_VALUE));
  }
}
