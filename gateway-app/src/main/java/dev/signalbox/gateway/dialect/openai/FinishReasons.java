package dev.signalbox.gateway.dialect.openai;

/// Why an answer ended, in the contract's five words.
public final class FinishReasons {
  private FinishReasons() {}

  /// The same for an answer that called tools: some say `stop` of that, too.
  ///
  /// @param called whether it did
  public static String normalized(String providers, boolean called) {
    String word = normalized(providers);
    return called && word.equals("stop") ? "tool_calls" : word;
  }

  public static String normalized(String providers) {
    return switch (providers) {
      case "stop", "length", "tool_calls", "content_filter", "error" -> providers;
      case "max_tokens", "model_length", "model_context_window_exceeded" -> "length";
      case "function_call", "tool_use" -> "tool_calls";
      case "safety", "refusal" -> "content_filter";
      default -> "stop";
    };
  }
}
