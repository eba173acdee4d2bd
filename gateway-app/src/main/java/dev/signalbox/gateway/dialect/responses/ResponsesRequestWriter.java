package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Pseudonym;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.dialect.conversion.Supported;
import dev.signalbox.gateway.dialect.openai.Efforts;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of Responses.
final class ResponsesRequestWriter {
  private static final List<String> SETTINGS = List.of("temperature", "top_p", "prompt_cache_key");

  /// In tokens; requests with less are refused.
  private static final long LEAST_CAP = 16;

  private final Prompt prompt;
  private final Target target;
  private final ObjectNode request = Json.object();

  ResponsesRequestWriter(Prompt prompt, Target target) {
    this.prompt = prompt;
    this.target = target;
  }

  ObjectNode write() {
    request.put("model", target.upstreamModel());
    request.set("input", ResponsesItems.write(prompt.messages()));
    request.put("store", false);
    var include = Json.array();
    // A model that does not reason is refused for it.
    if (new Supported(target.endpoint().supportedParameters()).knows("reasoning")) {
      include.add("reasoning.encrypted_content");
    }
    addTools();
    for (String name : SETTINGS) {
      prompt.setting(name).ifPresent(value -> request.set(name, value));
    }
    if (prompt.setting("logprobs").filter(wish -> wish.booleanValue(false)).isPresent()) {
      include.add("message.output_text.logprobs");
      prompt.setting("top_logprobs").ifPresent(value -> request.set("top_logprobs", value));
    }
    if (!include.isEmpty()) {
      request.set("include", include);
    }
    prompt.maxTokens().ifPresent(cap -> request.put("max_output_tokens", Math.max(LEAST_CAP, cap)));
    addText();
    addThinking();
    prompt
        .serviceTier()
        .ifPresent(tier -> request.put("service_tier", tier.equals("fast") ? "priority" : tier));
    prompt.user().ifPresent(user -> request.put("safety_identifier", Pseudonym.of(user)));
    if (prompt.stream()) {
      request.put("stream", true);
    }
    return request;
  }

  private void addThinking() {
    Thinking thinking = prompt.thinking();
    if (!thinking.off() && !thinking.wanted()) {
      return;
    }
    var reasoning = request.putObject("reasoning");
    String effort = thinking.off() ? "none" : thinking.effortWithin(prompt.maxTokens().orElse(0));
    reasoning.put("effort", Efforts.nearest(effort, Quirks.of(target), List.of()));
    if (!thinking.off() && !thinking.exclude()) {
      reasoning.put("summary", thinking.summary().orElse("auto"));
    }
  }

  private void addText() {
    var text = Json.object();
    switch (prompt.format()) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() -> text.putObject("format").put("type", "json_object");
      case AnswerFormat.Schema(var name, var description, var schema, var strict) -> {
        var format = text.putObject("format").put("type", "json_schema").put("name", name);
        description.ifPresent(words -> format.put("description", words));
        format.put("strict", strict.orElse(false)).set("schema", schema);
      }
    }
    prompt.setting("verbosity").ifPresent(value -> text.set("verbosity", value));
    if (!text.isEmpty()) {
      request.set("text", text);
    }
  }

  /// A function of Responses is strict unless it says otherwise, one of a chat is not.
  private void addTools() {
    if (prompt.tools().isEmpty()) {
      return;
    }
    var tools = request.putArray("tools");
    for (Tool tool : prompt.tools()) {
      var tree = tools.addObject().put("type", "function").put("name", tool.name());
      tool.description().ifPresent(words -> tree.put("description", words));
      tree.set(
          "parameters",
          tool.parameters()
              .orElseGet(
                  () -> Json.object().put("type", "object").set("properties", Json.object())));
      tree.put("strict", tool.strict().orElse(false));
    }
    switch (prompt.toolChoice()) {
      case ToolChoice.Unsaid() -> {}
      case ToolChoice.Auto() -> request.put("tool_choice", "auto");
      case ToolChoice.None() -> request.put("tool_choice", "none");
      case ToolChoice.Required() -> request.put("tool_choice", "required");
      case ToolChoice.Named(var name) ->
          request.putObject("tool_choice").put("type", "function").put("name", name);
    }
    prompt.parallelToolCalls().ifPresent(may -> request.put("parallel_tool_calls", may));
  }
}
