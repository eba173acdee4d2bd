package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.catalog.Parameters;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// What an endpoint knows of what a request may ask. One that lists nothing knows everything.
public record Supported(Set<String> parameters) {
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

  public boolean knows(String parameter) {
    return parameters.isEmpty()
        || parameters.contains(parameter)
        || Parameters.isMeantBy(parameter, parameters)
        // What an endpoint of some format makes of a schema is for it to say.
        || (parameter.equals("structured_outputs") && parameters.contains("response_format"));
  }

  /// Leaves out of a prompt what the endpoint does not know.
  Prompt of(Prompt prompt) {
    if (parameters.isEmpty()) {
      return prompt;
    }
    var settings = new LinkedHashMap<>(prompt.settings());
    settings.keySet().removeIf(name -> OPTIONAL.contains(name) && !knows(name));
    boolean tools = knows("tools");
    return new Prompt(
        prompt.messages(),
        tools ? prompt.tools() : List.of(),
        tools ? prompt.toolChoice() : new ToolChoice.Unsaid(),
        tools ? prompt.parallelToolCalls() : Optional.empty(),
        prompt.maxTokens(),
        knows("stop") ? prompt.stop() : List.of(),
        knows("response_format") ? prompt.format() : new AnswerFormat.Free(),
        knows("reasoning") ? prompt.thinking() : unthinking(prompt.thinking()),
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
