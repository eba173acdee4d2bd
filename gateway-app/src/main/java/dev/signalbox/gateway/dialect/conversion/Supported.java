package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Leaves out of a prompt what an endpoint lacks. An endpoint that lists nothing is sent
/// everything.
record Supported(Set<String> parameters) {
  private static final Set<String> OPTIONAL =
      Set.of(
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "top_a",
          "frequency_penalty",
          "presence_penalty",
          "repetition_penalty",
          "seed",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "prediction",
          "verbosity",
          "web_search_options");

  Prompt of(Prompt prompt) {
    if (parameters.isEmpty()) {
      return prompt;
    }
    var settings = new LinkedHashMap<>(prompt.settings());
    settings.keySet().removeIf(name -> OPTIONAL.contains(name) && !parameters.contains(name));
    boolean tools = parameters.contains("tools");
    boolean thinks = parameters.contains("reasoning") || parameters.contains("reasoning_effort");
    boolean formats =
        parameters.contains("response_format") || parameters.contains("structured_outputs");
    return new Prompt(
        prompt.messages(),
        tools ? prompt.tools() : List.of(),
        tools ? prompt.toolChoice() : new ToolChoice.Unsaid(),
        prompt.parallelToolCalls(),
        prompt.maxTokens(),
        parameters.contains("stop") ? prompt.stop() : List.of(),
        formats ? prompt.format() : new AnswerFormat.Free(),
        thinks ? prompt.thinking() : unthinking(prompt.thinking()),
        prompt.stream(),
        prompt.user(),
        prompt.serviceTier(),
        prompt.autoCache(),
        settings);
  }

  private static Thinking unthinking(Thinking asked) {
    return new Thinking(
        Optional.empty(),
        OptionalLong.empty(),
        asked.exclude(),
        Optional.empty(),
        Optional.empty());
  }
}
