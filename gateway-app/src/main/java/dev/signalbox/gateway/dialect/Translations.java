package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.openai.OpenAiCaller;
import dev.signalbox.gateway.dialect.openai.OpenAiPassThrough;
import java.util.EnumSet;
import java.util.Set;

/// Which surfaces can be served, and how each reaches each dialect.
public final class Translations {
  private static final Set<Dialect> SERVED =
      EnumSet.of(Dialect.OPENAI, Dialect.SANDBOX, Dialect.MISTRAL);

  private final CallerDialect openAiCaller = new OpenAiCaller();
  private final Translation openAiPassThrough = new OpenAiPassThrough();

  /// Returns whether requests can be said in a dialect.
  public static boolean serves(Dialect dialect) {
    return SERVED.contains(dialect);
  }

  /// Returns who reads a surface's requests.
  public CallerDialect caller(Surface surface) {
    return switch (surface) {
      case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> openAiCaller;
    };
  }

  /// Returns how a surface's requests go to a dialect that is [served][#serves].
  public Translation between(Surface surface, Dialect dialect) {
    if (!serves(dialect)) {
      throw new IllegalArgumentException("dialect: %s (expected: one of %s)".formatted(dialect, SERVED));
    }
    return switch (surface) {
      case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> openAiPassThrough;
    };
  }
}
