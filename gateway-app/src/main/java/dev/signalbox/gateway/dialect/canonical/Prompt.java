package dev.signalbox.gateway.dialect.canonical;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// What a caller asks of a model, in no provider's words.
///
/// @param maxTokens cap on the answer, reasoning included
/// @param settings those that are numbers or flags in every dialect (`temperature`, `top_p`,
///   `seed`, …), by their names in OpenAI's chat, as the caller wrote them
/// @param autoCache cache as much of the prompt as can be
public record Prompt(
    List<Message> messages,
    List<Tool> tools,
    ToolChoice toolChoice,
    Optional<Boolean> parallelToolCalls,
    OptionalLong maxTokens,
    List<String> stop,
    AnswerFormat format,
    Thinking thinking,
    boolean stream,
    Optional<String> user,
    Optional<String> serviceTier,
    Optional<CacheMark> autoCache,
    Map<String, JsonNode> settings) {
  public Prompt {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    stop = List.copyOf(stop);
    settings = Map.copyOf(settings);
  }

  public Optional<JsonNode> setting(String name) {
    return Optional.ofNullable(settings.get(name));
  }
}
