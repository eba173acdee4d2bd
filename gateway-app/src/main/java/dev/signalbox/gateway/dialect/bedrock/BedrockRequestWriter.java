package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.anthropic.ClaudeThinking;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.EnforcedSchema;
import dev.signalbox.gateway.dialect.openai.Efforts;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of Converse.
final class BedrockRequestWriter {
  private static final List<String> EFFORTS = List.of("low", "medium", "high");
  private static final long DEFAULT_CAP = 8192;

  private final Prompt prompt;
  private final Target target;
  private final ModelFamily family;
  private final ObjectNode request = Json.object();
  private final ObjectNode inference = Json.object();
  private final ObjectNode additional = Json.object();

  /// Said of a Claude only.
  private boolean thinks;

  private boolean uncapped;

  BedrockRequestWriter(Prompt prompt, Target target) {
    this.prompt = prompt;
    this.target = target;
    this.family = ModelFamily.of(target.upstreamModel());
  }

  ObjectNode write() {
    var system = Json.array();
    var messages = new BedrockMessages(system, family).write(prompt.messages());
    prompt
        .autoCache()
        .filter(_ -> !messages.isEmpty())
        .ifPresent(
            mark -> {
              var last = (ArrayNode) messages.path(messages.size() - 1).path("content");
              last.add(BedrockMessages.cachePoint(mark));
            });
    addThinking();
    addFormat(system);
    if (!system.isEmpty()) {
      request.set("system", system);
    }
    request.set("messages", messages);
    addInference();
    addTools();
    if (!additional.isEmpty()) {
      request.set("additionalModelRequestFields", additional);
    }
    tier(prompt.serviceTier())
        .ifPresent(tier -> request.putObject("serviceTier").put("type", tier));
    return request;
  }

  static Optional<String> tier(Optional<String> asked) {
    return asked
        .filter(tier -> Set.of("priority", "fast", "flex", "default").contains(tier))
        .map(tier -> tier.equals("fast") ? "priority" : tier);
  }

  private long cap() {
    return prompt
        .maxTokens()
        .orElseGet(() -> target.endpoint().maxCompletionTokens().orElse(DEFAULT_CAP));
  }

  private void addInference() {
    if (!uncapped) {
      prompt.maxTokens().ifPresent(cap -> inference.put("maxTokens", cap));
    }
    // A model of Anthropic's that thinks has a temperature of its own, and so has Nova at its
    // height.
    if (!uncapped && !thinks) {
      prompt
          .setting("temperature")
          .ifPresent(value -> inference.set("temperature", ClaudeThinking.temperature(value)));
      if (ClaudeThinking.takesTopP(prompt, target)) {
        prompt.setting("top_p").ifPresent(value -> inference.set("topP", value));
      }
      prompt
          .setting("top_k")
          .ifPresent(
              value -> {
                if (family == ModelFamily.NOVA) {
                  additional.putObject("inferenceConfig").set("topK", value);
                } else {
                  additional.set("top_k", value);
                }
              });
    }
    if (!prompt.stop().isEmpty()) {
      var stop = inference.putArray("stopSequences");
      prompt.stop().forEach(stop::add);
    }
    if (!inference.isEmpty()) {
      request.set("inferenceConfig", inference);
    }
  }

  private void addThinking() {
    Thinking thinking = prompt.thinking();
    if (family == ModelFamily.ANTHROPIC) {
      var claude = ClaudeThinking.of(prompt, target, cap());
      thinks = claude.thinks();
      claude.addTo(additional);
      return;
    }
    if (!thinking.wanted()) {
      return;
    }
    String effort = Efforts.nearest(thinking.effortWithin(cap()), Quirks.of(target), EFFORTS);
    if (family == ModelFamily.NOVA) {
      // At its greatest effort Nova refuses a request with a cap.
      uncapped = effort.equals("high");
      additional
          .putObject("reasoningConfig")
          .put("type", "enabled")
          .put("maxReasoningEffort", effort);
    } else {
      additional.put("reasoning_effort", effort);
    }
  }

  private void addFormat(ArrayNode system) {
    switch (prompt.format()) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() -> system.addObject().put("text", AnswerByTool.ANY_JSON);
      case AnswerFormat.Schema schema -> {
        if (AnswerByTool.nativeSchema(target)) {
          var inner =
              request
                  .putObject("outputConfig")
                  .putObject("textFormat")
                  .put("type", "json_schema")
                  .putObject("structure")
                  .putObject("jsonSchema");
          inner
              .put("schema", Json.text(EnforcedSchema.of(schema.schema())))
              .put("name", schema.name());
          schema.description().ifPresent(words -> inner.put("description", words));
        } else if (!AnswerByTool.applies(prompt, target)) {
          system.addObject().put("text", AnswerByTool.inWords(schema.schema()));
        }
      }
    }
  }

  private void addTools() {
    if (prompt.format() instanceof AnswerFormat.Schema schema
        && AnswerByTool.applies(prompt, target)) {
      var config = request.putObject("toolConfig");
      var spec =
          config
              .putArray("tools")
              .addObject()
              .putObject("toolSpec")
              .put("name", AnswerByTool.NAME)
              .put("description", schema.description().orElse("Gives the answer."));
      spec.putObject("inputSchema").set("json", schema.schema());
      config.putObject("toolChoice").putObject("tool").put("name", AnswerByTool.NAME);
      return;
    }
    boolean none = prompt.toolChoice() instanceof ToolChoice.None;
    if (prompt.tools().isEmpty() || none) {
      addToolsOfThePast();
      return;
    }
    var config = request.putObject("toolConfig");
    var tools = config.putArray("tools");
    for (Tool tool : prompt.tools()) {
      var spec = tools.addObject().putObject("toolSpec").put("name", tool.name());
      tool.description()
          .filter(words -> !words.isBlank())
          .ifPresent(words -> spec.put("description", words));
      JsonNode schema = tool.schema();
      if (tool.strict().orElse(false)) {
        spec.put("strict", true);
        schema = EnforcedSchema.of(schema);
      }
      spec.putObject("inputSchema").set("json", schema);
      tool.cache().ifPresent(mark -> tools.add(BedrockMessages.cachePoint(mark)));
    }
    switch (prompt.toolChoice()) {
      case ToolChoice.Unsaid(), ToolChoice.None() -> {}
      case ToolChoice.Auto() -> config.putObject("toolChoice").putObject("auto");
      case ToolChoice.Required() ->
          config.putObject("toolChoice").putObject(forced() ? "any" : "auto");
      case ToolChoice.Named(var name) -> {
        if (forced()) {
          config.putObject("toolChoice").putObject("tool").put("name", name);
        } else {
          config.putObject("toolChoice").putObject("auto");
        }
      }
    }
  }

  /// A thinking model of Anthropic's may not be forced.
  private boolean forced() {
    return !thinks && !Quirks.of(target).has(Quirk.TOOL_CHOICE_AUTO);
  }

  /// Converse wants the tools declared that a conversation used, even where none may be used now.
  private void addToolsOfThePast() {
    var used = new LinkedHashSet<String>();
    for (Message message : prompt.messages()) {
      for (Part part : message.parts()) {
        if (part instanceof Part.ToolCall call) {
          used.add(call.name());
        }
      }
    }
    if (used.isEmpty()) {
      return;
    }
    var tools = request.putObject("toolConfig").putArray("tools");
    for (String name : used) {
      var spec = tools.addObject().putObject("toolSpec").put("name", name);
      spec.putObject("inputSchema").putObject("json").put("type", "object");
    }
  }
}
