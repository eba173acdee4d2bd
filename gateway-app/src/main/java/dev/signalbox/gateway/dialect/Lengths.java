package dev.signalbox.gateway.dialect;

/// How long prompts and answers are about, where nobody has counted their tokens.
public final class Lengths {
  public static final int BYTES_PER_TOKEN = 4;

  /// What frames a message.
  public static final int TOKENS_PER_MESSAGE = 4;

  /// What a part that is not text is taken for.
  public static final int TOKENS_PER_MEDIUM = 1000;

  private Lengths() {}

  /// Returns the tokens of a prompt: one at the least.
  ///
  /// @param media parts that are not text
  public static long promptTokens(long textBytes, long messages, long media) {
    return Math.max(1, textBytes / BYTES_PER_TOKEN)
        + messages * TOKENS_PER_MESSAGE
        + media * TOKENS_PER_MEDIUM;
  }

  /// Returns the tokens of an answer's text; what is begun counts.
  public static long answerTokens(long textBytes) {
    return Math.ceilDiv(textBytes, BYTES_PER_TOKEN);
  }
}
