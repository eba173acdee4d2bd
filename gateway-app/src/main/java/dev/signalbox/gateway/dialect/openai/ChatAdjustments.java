package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.chat.ChatRequestReader;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Says a chat's fields as one provider of OpenAI's format wants them.
///
/// @param fields of the request
/// @param quirks of the provider
public record ChatAdjustments(ChatFields fields, Quirks quirks) {
  private static final Set<String> REASONING =
      Set.of("reasoning", "reasoning_effort", "include_reasoning");

  /// Adjusts a request that is a tree.
  public static void apply(ObjectNode request, Quirks quirks) {
    new ChatAdjustments(ChatFields.of(request), quirks).apply();
  }

  void apply() {
    limit();
    reasoning();
    tools();
    format();
    tier();
    new MessageAdjustments(quirks).apply(fields);
    if (quirks.has(Quirk.RANDOM_SEED) && fields.has("seed")) {
      fields.set("random_seed", fields.get("seed"));
      fields.remove("seed");
    }
    if (quirks.has(Quirk.NO_CACHE_MARKS)) {
      fields.remove("cache_control");
    }
    if (quirks.has(Quirk.NO_USER)) {
      fields.remove("user");
    }
    quirks.values(Quirk.WITHOUT).forEach(fields::remove);
  }

  private void limit() {
    if (quirks.has(Quirk.MAX_COMPLETION_TOKENS)) {
      rename("max_tokens", "max_completion_tokens");
    } else if (quirks.has(Quirk.MAX_TOKENS)) {
      rename("max_completion_tokens", "max_tokens");
    }
  }

  private void rename(String from, String to) {
    if (fields.has(from)) {
      if (!fields.has(to)) {
        fields.set(to, fields.get(from));
      }
      fields.remove(from);
    }
  }

  private boolean speaksOfReasoning() {
    for (String name : REASONING) {
      if (fields.has(name)) {
        return true;
      }
    }
    return false;
  }

  private void reasoning() {
    String way = quirks.value(Quirk.REASONING).orElse("effort");
    if (way.equals("object") || !speaksOfReasoning()) {
      return;
    }
    var said = Json.object();
    REASONING.forEach(name -> said.set(name, fields.get(name).deepCopy()));
    Thinking thinking = ChatRequestReader.thinking(said);
    REASONING.forEach(fields::remove);
    if (!thinking.off() && !thinking.wanted()) {
      return;
    }
    switch (way) {
      case "effort" -> fields.set("reasoning_effort", StringNode.valueOf(effort(thinking)));
      case "thinking" ->
          fields.set(
              "thinking", Json.object().put("type", thinking.off() ? "disabled" : "enabled"));
      case "enable_thinking" -> {
        fields.set("enable_thinking", Json.flag(!thinking.off()));
        thinking
            .maxTokens()
            .ifPresent(budget -> fields.set("thinking_budget", Json.number(budget)));
      }
      case "chat_template" -> {
        ObjectNode arguments =
            fields.get("chat_template_kwargs") instanceof ObjectNode given ? given : Json.object();
        fields.set("chat_template_kwargs", arguments.put("enable_thinking", !thinking.off()));
      }
      default -> {}
    }
  }

  private String effort(Thinking thinking) {
    long cap = 0;
    for (String name : Set.of("max_tokens", "max_completion_tokens")) {
      cap = Math.max(cap, Json.number(fields.get(name)).orElse(0));
    }
    return Efforts.nearest(thinking.off() ? "none" : thinking.effortWithin(cap), quirks, List.of());
  }

  private void tools() {
    if (quirks.has(Quirk.NO_PARALLEL_TOOL_CALLS)) {
      fields.remove("parallel_tool_calls");
    }
    JsonNode choice = fields.get("tool_choice");
    boolean forced = choice.isObject() || choice.asString("").equals("required");
    if (forced && quirks.has(Quirk.TOOL_CHOICE_AUTO)) {
      fields.set("tool_choice", StringNode.valueOf("auto"));
    } else if (forced && !choice.isObject() && quirks.has(Quirk.TOOL_CHOICE_ANY)) {
      fields.set("tool_choice", StringNode.valueOf("any"));
    }
    if (quirks.has(Quirk.NO_CACHE_MARKS) && fields.mentions("tools", "cache_control")) {
      JsonNode tools = fields.get("tools");
      tools.forEach(
          tool -> {
            if (tool instanceof ObjectNode object) {
              object.remove("cache_control");
            }
          });
      fields.set("tools", tools);
    }
  }

  /// A schema that the provider does not know is told in words, and JSON is asked for.
  private void format() {
    if (!quirks.has(Quirk.NO_JSON_SCHEMA)
        || !fields.mentions("response_format", "json_schema")
        || !fields.get("response_format").has("json_schema")
        || !(fields.get("messages") instanceof ArrayNode messages)) {
      return;
    }
    JsonNode schema = fields.get("response_format").path("json_schema").path("schema");
    fields.set("response_format", Json.object().put("type", "json_object"));
    var told = Json.array();
    told.addObject()
        .put("role", "system")
        .put(
            "content",
            "Answer with one JSON object that matches this JSON schema, and nothing else:\n"
                + Json.text(schema));
    fields.set("messages", told.addAll(messages));
  }

  private void tier() {
    if (fields.mentions("service_tier", "fast")
        && fields.get("service_tier").asString("").equals("fast")) {
      fields.set("service_tier", StringNode.valueOf("priority"));
    }
  }
}
