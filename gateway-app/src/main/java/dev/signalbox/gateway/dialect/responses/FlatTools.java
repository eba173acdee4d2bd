package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A request's tools as functions, which are all that most models know: one of a namespace carries
/// the namespace in its name, and one that takes free text is a function of one text. Calls are
/// told to the caller as of the tools that were offered.
final class FlatTools {
  private static final int MAX_NAME = 64;
  private static final String TEXT = "input";

  /// @param namespace empty for a tool of its own
  /// @param free it takes text, not arguments
  private record Origin(String namespace, String name, boolean free) {}

  private final List<Tool> functions = new ArrayList<>();
  private final Map<String, Origin> origins = new HashMap<>();

  private FlatTools() {}

  /// @param tools as offered; anything but an array: none
  /// @throws Problem 400 for a tool that only the provider could run
  static FlatTools of(JsonNode tools) {
    var flat = new FlatTools();
    for (JsonNode tool : tools) {
      if (Json.stringOr(tool, "type", "").equals("namespace")) {
        String namespace = name(tool);
        tool.path("tools").forEach(inner -> flat.add(namespace, inner));
      } else {
        flat.add("", tool);
      }
    }
    return flat;
  }

  private void add(String namespace, JsonNode tool) {
    String type = Json.stringOr(tool, "type", "");
    switch (type) {
      case "function" -> add(namespace, tool, false, Json.member(tool, "parameters"));
      case "custom" -> add(namespace, tool, true, Optional.of(text()));
      case "web_search", "web_search_preview" -> {
        // Without the web, there is nothing to search but what one provider keeps.
        if (Json.flag(tool, "external_web_access").orElse(true)) {
          throw unknown(type);
        }
      }
      default -> throw unknown(type);
    }
  }

  private static Problem unknown(String type) {
    return Problem.invalidRequest(
        "tools[].type: %.64s is not configured here (expected: function, custom or namespace)"
            .formatted(type));
  }

  private void add(String namespace, JsonNode tool, boolean free, Optional<JsonNode> parameters) {
    String name = name(tool);
    String flat = flat(namespace, name);
    if (origins.put(flat, new Origin(namespace, name, free)) != null && !namespace.isEmpty()) {
      throw Problem.invalidRequest("tools[].name: '%.64s' is there twice".formatted(flat));
    }
    functions.add(
        new Tool(
            flat,
            description(tool, free),
            parameters,
            free ? Optional.empty() : Json.flag(tool, "strict"),
            ResponsesRequestReader.cacheMark(tool)));
  }

  private static String name(JsonNode tool) {
    return Json.string(tool, "name")
        .orElseThrow(() -> Problem.invalidRequest("tools[].name: missing"));
  }

  /// A grammar cannot be enforced by a schema; the model is told of it.
  private static Optional<String> description(JsonNode tool, boolean free) {
    Optional<String> said = Json.string(tool, "description");
    JsonNode format = tool.path("format");
    if (!free || !Json.stringOr(format, "type", "text").equals("grammar")) {
      return said;
    }
    return Optional.of(
        "%s\n\nThe %s must follow this grammar (%s):\n%s"
            .formatted(
                said.orElse(""),
                TEXT,
                Json.stringOr(format, "syntax", "lark"),
                Json.stringOr(format, "definition", ""))
            .strip());
  }

  private static ObjectNode text() {
    var schema = Json.object().put("type", "object");
    schema.putObject("properties").putObject(TEXT).put("type", "string");
    schema.putArray("required").add(TEXT);
    return schema.put("additionalProperties", false);
  }

  /// Returns the name under which a model knows a tool: at most 64 characters, as providers ask.
  static String flat(String namespace, String name) {
    if (namespace.isEmpty()) {
      return name;
    }
    String whole = namespace + "__" + name;
    if (whole.length() <= MAX_NAME) {
      return whole;
    }
    var sum = new CRC32();
    sum.update(whole.getBytes(StandardCharsets.UTF_8));
    return "%s_%08x".formatted(whole.substring(0, MAX_NAME - 9), sum.getValue());
  }

  /// Returns free text as a function's arguments.
  static String arguments(String text) {
    return Json.text(Json.object().put(TEXT, text));
  }

  /// @param allowed names; empty: all
  List<Tool> functions(Set<String> allowed) {
    return functions.stream()
        .filter(tool -> allowed.isEmpty() || allowed.contains(tool.name()))
        .toList();
  }

  /// Returns whether calls of a function are calls of a tool that takes free text.
  boolean isFree(String function) {
    Origin origin = origins.get(function);
    return origin != null && origin.free();
  }

  /// Returns the name that the caller knows a tool by, within its namespace.
  String name(String function) {
    Origin origin = origins.get(function);
    return origin == null ? function : origin.name();
  }

  /// Returns a call as the caller knows it, with its arguments or its text.
  ///
  /// @param function the name under which the model called it
  ObjectNode call(String id, String callId, String function, String arguments, String status) {
    Origin origin = origins.get(function);
    boolean free = isFree(function);
    var item =
        Json.object()
            .put("type", free ? "custom_tool_call" : "function_call")
            .put("id", id)
            .put("call_id", callId)
            .put("name", name(function));
    if (origin != null && !origin.namespace().isEmpty()) {
      item.put("namespace", origin.namespace());
    }
    return item.put(free ? TEXT : "arguments", free ? freeText(arguments) : arguments)
        .put("status", status);
  }

  /// Returns the text of a call; a model may also have given it bare.
  static String freeText(String arguments) {
    return Json.tryParse(arguments)
        .filter(JsonNode::isObject)
        .flatMap(object -> Json.string(object, TEXT))
        .orElse(arguments);
  }
}
