package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Pseudonym;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.EnforcedSchema;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of Anthropic's Messages.
final class AnthropicRequestWriter {
  private static final long DEFAULT_MAX_TOKENS = 8192;

  private final Prompt prompt;
  private final Target target;
  private final ObjectNode request = Json.object();
  private final ArrayNode system = Json.array();
  private boolean thinks;

  AnthropicRequestWriter(Prompt prompt, Target target) {
    this.prompt = prompt;
    this.target = target;
  }

  ObjectNode write() {
    request.put("model", target.upstreamModel());
    long cap = cap();
    var thinking = ClaudeThinking.of(prompt, target, cap);
    thinks = thinking.thinks();
    thinking.addTo(request);
    request.put("max_tokens", cap);
    var messages = new AnthropicMessages(system).write(prompt.messages());
    addFormat();
    if (!system.isEmpty()) {
      request.set("system", system);
    }
    request.set("messages", messages);
    addTools();
    addSettings();
    prompt.autoCache().ifPresent(mark -> request.set("cache_control", cacheControl(mark)));
    if (prompt.stream()) {
      request.put("stream", true);
    }
    return request;
  }

  private long cap() {
    return prompt
        .maxTokens()
        .orElseGet(() -> target.endpoint().maxCompletionTokens().orElse(DEFAULT_MAX_TOKENS));
  }

  private void addFormat() {
    switch (prompt.format()) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() -> say(AnswerByTool.ANY_JSON);
      case AnswerFormat.Schema schema -> {
        if (AnswerByTool.nativeSchema(target)) {
          request
              .withObjectProperty("output_config")
              .putObject("format")
              .put("type", "json_schema")
              .set("schema", EnforcedSchema.of(schema.schema()));
        } else if (!AnswerByTool.applies(prompt, target)) {
          say(AnswerByTool.inWords(schema.schema()));
        }
      }
    }
  }

  private void say(String words) {
    system.addObject().put("type", "text").put("text", words);
  }

  private void addTools() {
    if (prompt.format() instanceof AnswerFormat.Schema schema
        && AnswerByTool.applies(prompt, target)) {
      request
          .putArray("tools")
          .addObject()
          .put("name", AnswerByTool.NAME)
          .put("description", schema.description().orElse("Gives the answer."))
          .set("input_schema", schema.schema());
      request.putObject("tool_choice").put("type", "tool").put("name", AnswerByTool.NAME);
      return;
    }
    if (prompt.tools().isEmpty()) {
      return;
    }
    var tools = request.putArray("tools");
    for (Tool tool : prompt.tools()) {
      var tree = tools.addObject().put("name", tool.name());
      tool.description().ifPresent(words -> tree.put("description", words));
      JsonNode schema = tool.schema();
      if (tool.strict().orElse(false) && AnswerByTool.nativeSchema(target)) {
        tree.put("strict", true);
        schema = EnforcedSchema.of(schema);
      }
      tree.set("input_schema", schema);
      tool.cache().ifPresent(mark -> tree.set("cache_control", cacheControl(mark)));
    }
    toolChoice().ifPresent(choice -> request.set("tool_choice", choice));
  }

  /// A thinking model may not be forced to call: the wish is weakened to `auto`.
  private Optional<ObjectNode> toolChoice() {
    boolean unforced = thinks || Quirks.of(target).has(Quirk.TOOL_CHOICE_AUTO);
    Optional<ObjectNode> choice =
        switch (prompt.toolChoice()) {
          case ToolChoice.Unsaid() -> Optional.empty();
          case ToolChoice.Auto() -> Optional.of(Json.object().put("type", "auto"));
          case ToolChoice.None() -> Optional.of(Json.object().put("type", "none"));
          case ToolChoice.Required() ->
              Optional.of(Json.object().put("type", unforced ? "auto" : "any"));
          case ToolChoice.Named(var name) ->
              Optional.of(
                  unforced
                      ? Json.object().put("type", "auto")
                      : Json.object().put("type", "tool").put("name", name));
        };
    if (!prompt.parallelToolCalls().equals(Optional.of(false))
        || prompt.toolChoice() instanceof ToolChoice.None) {
      return choice;
    }
    return Optional.of(
        choice
            .orElseGet(() -> Json.object().put("type", "auto"))
            .put("disable_parallel_tool_use", true));
  }

  private void addSettings() {
    if (!thinks) {
      prompt
          .setting("temperature")
          .ifPresent(value -> request.set("temperature", ClaudeThinking.temperature(value)));
      prompt.setting("top_k").ifPresent(value -> request.set("top_k", value));
      if (ClaudeThinking.takesTopP(prompt, target)) {
        prompt.setting("top_p").ifPresent(value -> request.set("top_p", value));
      }
    }
    if (!prompt.stop().isEmpty()) {
      var stop = request.putArray("stop_sequences");
      prompt.stop().forEach(stop::add);
    }
    prompt
        .user()
        .ifPresent(user -> request.putObject("metadata").put("user_id", Pseudonym.of(user)));
    if (!request.path("output_config").has("effort")) {
      prompt
          .setting("verbosity")
          .ifPresent(value -> request.withObjectProperty("output_config").set("effort", value));
    }
    prompt
        .serviceTier()
        .map(AnthropicRequestWriter::tier)
        .ifPresent(tier -> request.put("service_tier", tier));
  }

  /// Anthropic's tiers are those of capacity that was bought, or not.
  private static String tier(String asked) {
    return asked.equals("auto") || asked.equals("priority") || asked.equals("fast")
        ? "auto"
        : "standard_only";
  }

  static ObjectNode cacheControl(CacheMark mark) {
    var tree = Json.object().put("type", "ephemeral");
    mark.ttl().ifPresent(ttl -> tree.put("ttl", ttl));
    return tree;
  }
}
