package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.canonical.StopReason;
import java.util.Optional;

/// Why Anthropic's models stop.
final class AnthropicStopReasons {
  private AnthropicStopReasons() {}

  static StopReason read(String raw) {
    return switch (raw) {
      case "max_tokens", "model_context_window_exceeded" -> StopReason.LENGTH;
      case "tool_use" -> StopReason.TOOL_CALLS;
      case "refusal" -> StopReason.CONTENT_FILTER;
      default -> StopReason.STOP;
    };
  }

  static String write(String finishReason, Optional<String> raw, Optional<String> stopSequence) {
    return switch (finishReason) {
      case "length" -> "max_tokens";
      case "tool_calls" -> "tool_use";
      case "content_filter" -> "refusal";
      default ->
          stopSequence.isPresent()
              ? "stop_sequence"
              : raw.filter(word -> word.equals("pause_turn")).orElse("end_turn");
    };
  }
}
