package dev.signalbox.gateway.dialect.gemini;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.openai.Efforts;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of Gemini's `generateContent`.
final class GeminiRequestWriter {
  private static final long DEFAULT_CAP = 8192;
  private static final Pattern LEVELLED = Pattern.compile("gemini-([3-9]|\\d\\d)|-latest");
  private static final List<String> LEVELS = List.of("low", "medium", "high");
  private static final Map<String, String> SETTINGS =
      Map.of(
          "temperature", "temperature",
          "top_p", "topP",
          "top_k", "topK",
          "seed", "seed",
          "presence_penalty", "presencePenalty",
          "frequency_penalty", "frequencyPenalty",
          "logprobs", "responseLogprobs",
          "top_logprobs", "logprobs");

  private final Prompt prompt;
  private final Target target;
  private final ObjectNode request = Json.object();

  GeminiRequestWriter(Prompt prompt, Target target) {
    this.prompt = prompt;
    this.target = target;
  }

  ObjectNode write() {
    var system = Json.array();
    var contents = new GeminiContents(system, levels()).write(prompt.messages());
    if (!system.isEmpty()) {
      request.putObject("systemInstruction").set("parts", system);
    }
    request.set("contents", contents);
    addTools();
    var config = config();
    if (!config.isEmpty()) {
      request.set("generationConfig", config);
    }
    return request;
  }

  private void addTools() {
    if (prompt.tools().isEmpty()) {
      return;
    }
    var declarations = request.putArray("tools").addObject().putArray("functionDeclarations");
    for (Tool tool : prompt.tools()) {
      var tree = declarations.addObject().put("name", tool.name());
      tool.description().ifPresent(words -> tree.put("description", words));
      tool.parameters().ifPresent(schema -> tree.set("parametersJsonSchema", schema));
    }
    var calling = Json.object();
    switch (prompt.toolChoice()) {
      case ToolChoice.Unsaid() -> {}
      case ToolChoice.Auto() -> calling.put("mode", "AUTO");
      case ToolChoice.None() -> calling.put("mode", "NONE");
      case ToolChoice.Required() -> calling.put("mode", "ANY");
      case ToolChoice.Named(var name) ->
          calling.put("mode", "ANY").putArray("allowedFunctionNames").add(name);
    }
    if (!calling.isEmpty()) {
      request.putObject("toolConfig").set("functionCallingConfig", calling);
    }
  }

  private ObjectNode config() {
    var config = Json.object();
    SETTINGS.forEach(
        (ours, theirs) -> prompt.setting(ours).ifPresent(value -> config.set(theirs, value)));
    prompt.maxTokens().ifPresent(cap -> config.put("maxOutputTokens", cap));
    if (!prompt.stop().isEmpty()) {
      var stop = config.putArray("stopSequences");
      prompt.stop().forEach(stop::add);
    }
    switch (prompt.format()) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() -> config.put("responseMimeType", "application/json");
      case AnswerFormat.Schema schema ->
          config
              .put("responseMimeType", "application/json")
              .set("responseJsonSchema", schema.schema());
    }
    addThinking(config);
    prompt.setting("modalities").ifPresent(wanted -> addModalities(wanted, config));
    JsonNode image = prompt.setting("image_config").orElseGet(Json::object);
    Json.string(image, "aspect_ratio")
        .ifPresent(ratio -> config.putObject("imageConfig").put("aspectRatio", ratio));
    return config;
  }

  private long cap() {
    return prompt
        .maxTokens()
        .orElseGet(() -> target.endpoint().maxCompletionTokens().orElse(DEFAULT_CAP));
  }

  /// Gemini 3 has levels, those before it budgets.
  private void addThinking(ObjectNode config) {
    var thinking = prompt.thinking();
    boolean levels = levels();
    if (thinking.off()) {
      var tree = config.putObject("thinkingConfig");
      if (levels) {
        tree.put("thinkingLevel", level("none"));
      } else {
        tree.put("thinkingBudget", budgets().least());
      }
    } else if (thinking.wanted()) {
      var tree = config.putObject("thinkingConfig").put("includeThoughts", !thinking.exclude());
      if (!levels) {
        tree.put("thinkingBudget", Math.min(budgets().most(), thinking.budget(cap())));
      } else {
        tree.put("thinkingLevel", level(thinking.effortWithin(cap())));
      }
    }
  }

  private static void addModalities(JsonNode wanted, ObjectNode config) {
    var modalities = config.putArray("responseModalities");
    wanted.forEach(word -> modalities.add(word.asString("").toUpperCase(Locale.ROOT)));
  }

  private boolean levels() {
    return Quirks.of(target)
        .value(Quirk.THINKING)
        .map("level"::equals)
        .orElseGet(() -> LEVELLED.matcher(target.upstreamModel()).find());
  }

  private ThinkingBudgets budgets() {
    return ThinkingBudgets.of(target.upstreamModel());
  }

  private String level(String effort) {
    return Efforts.nearest(effort, Quirks.of(target), LEVELS);
  }
}
