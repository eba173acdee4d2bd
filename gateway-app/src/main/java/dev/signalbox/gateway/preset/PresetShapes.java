package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.dialect.Surface;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A preset's settings in the words of each surface. They are kept as chat completions spell them;
/// what another surface has no word for is left out there.
final class PresetShapes {
  private static final JsonMapper JSON = new JsonMapper();

  private static final Set<String> ROUTING =
      Set.of("model", "models", "provider", "route", "plugins", "transforms", "service_tier");

  private static final Set<String> SAMPLING = Set.of("temperature", "top_p", "top_k", "max_tokens");

  private static final Set<String> COMPLETION =
      Set.of(
          "frequency_penalty",
          "presence_penalty",
          "repetition_penalty",
          "min_p",
          "top_a",
          "seed",
          "stop",
          "logit_bias");

  private static final Set<String> RESPONSE =
      Set.of(
          "frequency_penalty",
          "presence_penalty",
          "top_logprobs",
          "parallel_tool_calls",
          "reasoning");

  private PresetShapes() {}

  static ObjectNode of(Surface surface, ObjectNode chat) {
    if (surface == Surface.CHAT_COMPLETIONS) {
      return chat;
    }
    ObjectNode shaped = JSON.createObjectNode();
    for (Map.Entry<String, JsonNode> member : chat.properties()) {
      String name =
          member.getKey().equals("max_completion_tokens") ? "max_tokens" : member.getKey();
      JsonNode value = member.getValue();
      if (ROUTING.contains(name)) {
        shaped.set(name, value);
        continue;
      }
      switch (surface) {
        case MESSAGES -> toMessages(name, value, shaped);
        case RESPONSES -> toResponses(name, value, shaped);
        case COMPLETIONS -> {
          if (SAMPLING.contains(name) || COMPLETION.contains(name)) {
            shaped.set(name, value);
          }
        }
        case CHAT_COMPLETIONS, EMBEDDINGS -> {}
      }
    }
    return shaped;
  }

  private static void toMessages(String name, JsonNode value, ObjectNode shaped) {
    switch (name) {
      case "stop" ->
          shaped.set("stop_sequences", value.isArray() ? value : JSON.createArrayNode().add(value));
      case "tools" -> shaped.set("tools", tools(value, "input_schema", false));
      case "tool_choice" -> {
        ObjectNode choice = JSON.createObjectNode();
        if (value.isObject()) {
          choice.put("type", "tool");
          choice.set("name", value.path("function").path("name"));
        } else {
          choice.put("type", value.asString("").equals("required") ? "any" : value.asString(""));
        }
        shaped.set("tool_choice", choice);
      }
      case "reasoning" -> {
        if (value.path("max_tokens").isNumber()) {
          ObjectNode thinking = shaped.putObject("thinking");
          thinking.put("type", "enabled");
          thinking.set("budget_tokens", value.get("max_tokens"));
        }
      }
      default -> {
        if (SAMPLING.contains(name)) {
          shaped.set(name, value);
        }
      }
    }
  }

  private static void toResponses(String name, JsonNode value, ObjectNode shaped) {
    switch (name) {
      case "max_tokens" -> shaped.set("max_output_tokens", value);
      case "tools" -> shaped.set("tools", tools(value, "parameters", true));
      case "tool_choice" -> {
        if (value.isObject() && value.has("function")) {
          ObjectNode choice = shaped.putObject("tool_choice");
          choice.put("type", "function");
          choice.set("name", value.path("function").path("name"));
        } else {
          shaped.set("tool_choice", value);
        }
      }
      case "verbosity" -> text(shaped).set("verbosity", value);
      case "response_format" -> {
        ObjectNode format = text(shaped).putObject("format");
        format.set("type", value.path("type"));
        if (value.path("json_schema") instanceof ObjectNode schema) {
          schema.properties().forEach(member -> format.set(member.getKey(), member.getValue()));
        }
      }
      default -> {
        if (SAMPLING.contains(name) || RESPONSE.contains(name)) {
          shaped.set(name, value);
        }
      }
    }
  }

  private static ObjectNode text(ObjectNode shaped) {
    return shaped.get("text") instanceof ObjectNode known ? known : shaped.putObject("text");
  }

  /// Functions without their wrapping; other tools as they are.
  private static JsonNode tools(JsonNode tools, String schema, boolean typed) {
    var flat = JSON.createArrayNode();
    for (JsonNode tool : tools) {
      JsonNode function = tool.path("function");
      if (!function.isObject()) {
        flat.add(tool);
        continue;
      }
      ObjectNode one = flat.addObject();
      if (typed) {
        one.put("type", "function");
      }
      one.set("name", function.path("name"));
      if (function.has("description")) {
        one.set("description", function.get("description"));
      }
      if (function.has("parameters")) {
        one.set(schema, function.get("parameters"));
      }
      if (typed && function.has("strict")) {
        one.set("strict", function.get("strict"));
      }
    }
    return flat;
  }
}
