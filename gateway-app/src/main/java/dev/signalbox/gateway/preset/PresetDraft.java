package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What of an inference body a preset keeps: its settings, as chat completions spell them, and its
/// instructions.
///
/// @param config JSON of the settings
record PresetDraft(String config, Optional<String> systemPrompt) {
  private static final int MAX_CHARS = 256 * 1024;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static final Set<String> KEPT =
      Set.of(
          "model",
          "models",
          "provider",
          "route",
          "plugins",
          "transforms",
          "service_tier",
          "temperature",
          "top_p",
          "top_k",
          "top_a",
          "min_p",
          "frequency_penalty",
          "presence_penalty",
          "repetition_penalty",
          "seed",
          "max_tokens",
          "max_completion_tokens",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "stop",
          "response_format",
          "structured_outputs",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "reasoning",
          "reasoning_effort",
          "include_reasoning",
          "verbosity",
          "modalities",
          "image_config",
          "web_search_options",
          Preset.CACHE_ENABLED,
          Preset.CACHE_TTL);

  /// The shape of the body that a preset is saved from.
  enum Shape {
    CHAT,
    MESSAGES,
    RESPONSES;

    /// @param path of a surface, or one that ends with a surface's
    static Shape ofPath(String path) {
      if (path.endsWith("/messages")) {
        return MESSAGES;
      }
      return path.endsWith("/responses") ? RESPONSES : CHAT;
    }
  }

  static PresetDraft of(Shape shape, byte @Nullable [] body) {
    ObjectNode given = object(body);
    var instructions = new ArrayList<String>();
    switch (shape) {
      case CHAT -> fromChat(given, instructions);
      case MESSAGES -> fromMessages(given, instructions);
      case RESPONSES -> fromResponses(given, instructions);
    }
    ObjectNode config = JSON.createObjectNode();
    for (var member : given.properties()) {
      if (KEPT.contains(member.getKey()) && !member.getValue().isNull()) {
        config.set(member.getKey(), member.getValue());
      }
    }
    checked(config);
    String prompt = String.join("\n\n", instructions);
    String text = JSON.writeValueAsString(config);
    if (text.length() + prompt.length() > MAX_CHARS) {
      throw Problem.invalidRequest("The preset is longer than %d characters".formatted(MAX_CHARS));
    }
    return new PresetDraft(text, prompt.isEmpty() ? Optional.empty() : Optional.of(prompt));
  }

  private static ObjectNode object(byte @Nullable [] body) {
    try {
      if (JSON.readTree(body == null ? new byte[0] : body) instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      // Said below: the parser's words may quote the body.
    }
    throw Problem.invalidRequest("The body must be a JSON object");
  }

  private static void checked(ObjectNode config) {
    if (config.path("model").asString("").contains("@preset/")) {
      throw Problem.invalidRequest("model: a preset cannot refer to a preset");
    }
    if (config.has(Preset.CACHE_ENABLED) && !config.get(Preset.CACHE_ENABLED).isBoolean()) {
      throw Problem.invalidRequest(Preset.CACHE_ENABLED + ": not true or false");
    }
    if (config.has(Preset.CACHE_TTL) && !config.get(Preset.CACHE_TTL).isNumber()) {
      throw Problem.invalidRequest(Preset.CACHE_TTL + ": not a number");
    }
    for (String name : List.of("tools", "models")) {
      if (config.has(name) && !config.get(name).isArray()) {
        throw Problem.invalidRequest(name + ": not an array");
      }
    }
  }

  private static void fromChat(ObjectNode given, List<String> instructions) {
    for (JsonNode message : given.path("messages")) {
      String role = message.path("role").asString("");
      if (role.equals("system") || role.equals("developer")) {
        addText(message.path("content"), instructions);
      }
    }
  }

  private static void fromMessages(ObjectNode given, List<String> instructions) {
    addText(given.path("system"), instructions);
    rename(given, "stop_sequences", "stop");
    if (given.path("tools").isArray()) {
      var tools = JSON.createArrayNode();
      for (JsonNode tool : given.path("tools")) {
        if (tool.has("input_schema")) {
          tools.add(function(tool, "input_schema"));
        } else {
          tools.add(tool);
        }
      }
      given.set("tools", tools);
    }
    if (given.path("tool_choice").isObject()) {
      JsonNode choice = given.path("tool_choice");
      switch (choice.path("type").asString("")) {
        case "auto", "none" -> given.put("tool_choice", choice.path("type").asString());
        case "any" -> given.put("tool_choice", "required");
        case "tool" -> given.set("tool_choice", named(choice.path("name").asString("")));
        default -> given.remove("tool_choice");
      }
    }
    JsonNode budget = given.path("thinking").path("budget_tokens");
    if (budget.isNumber()) {
      given.putObject("reasoning").set("max_tokens", budget);
    }
  }

  private static void fromResponses(ObjectNode given, List<String> instructions) {
    addText(given.path("instructions"), instructions);
    rename(given, "max_output_tokens", "max_tokens");
    if (given.path("tools").isArray()) {
      var tools = JSON.createArrayNode();
      for (JsonNode tool : given.path("tools")) {
        tools.add(
            tool.path("type").asString("").equals("function") && !tool.has("function")
                ? function(tool, "parameters")
                : tool);
      }
      given.set("tools", tools);
    }
    JsonNode choice = given.path("tool_choice");
    if (choice.isObject() && choice.has("name")) {
      given.set("tool_choice", named(choice.path("name").asString("")));
    }
    JsonNode text = given.path("text");
    if (text.has("verbosity")) {
      given.set("verbosity", text.get("verbosity"));
    }
    if (text.path("format") instanceof ObjectNode format) {
      given.set("response_format", responseFormat(format));
    }
  }

  private static ObjectNode responseFormat(ObjectNode flat) {
    ObjectNode format = JSON.createObjectNode();
    String type = flat.path("type").asString("text");
    format.put("type", type);
    if (type.equals("json_schema")) {
      ObjectNode schema = flat.deepCopy();
      schema.remove("type");
      format.set("json_schema", schema);
    }
    return format;
  }

  private static ObjectNode function(JsonNode tool, String schema) {
    ObjectNode made = JSON.createObjectNode();
    made.put("type", "function");
    ObjectNode function = made.putObject("function");
    function.set("name", tool.path("name"));
    if (tool.has("description")) {
      function.set("description", tool.get("description"));
    }
    if (tool.has(schema)) {
      function.set("parameters", tool.get(schema));
    }
    if (tool.has("strict")) {
      function.set("strict", tool.get("strict"));
    }
    return made;
  }

  private static ObjectNode named(String name) {
    ObjectNode choice = JSON.createObjectNode();
    choice.put("type", "function");
    choice.putObject("function").put("name", name);
    return choice;
  }

  private static void rename(ObjectNode given, String from, String to) {
    JsonNode value = given.remove(from);
    if (value != null && !given.has(to)) {
      given.set(to, value);
    }
  }

  private static void addText(JsonNode content, List<String> instructions) {
    if (content.isString()) {
      instructions.add(content.stringValue());
    }
    for (JsonNode part : content) {
      if (part.path("text").isString()) {
        instructions.add(part.path("text").stringValue());
      }
    }
  }
}
