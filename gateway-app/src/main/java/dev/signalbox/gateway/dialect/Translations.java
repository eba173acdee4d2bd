package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.anthropic.AnthropicProvider;
import dev.signalbox.gateway.dialect.azure.AzurePassThrough;
import dev.signalbox.gateway.dialect.chat.ChatCaller;
import dev.signalbox.gateway.dialect.cohere.CohereProvider;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.dialect.conversion.Conversion;
import dev.signalbox.gateway.dialect.gemini.GeminiProvider;
import dev.signalbox.gateway.dialect.openai.OpenAiCaller;
import dev.signalbox.gateway.dialect.openai.OpenAiPassThrough;
import dev.signalbox.gateway.problem.Problem;
import java.util.EnumSet;
import java.util.Set;

/// Which surfaces can be served, and how each reaches each dialect.
public final class Translations {
  private static final Set<Dialect> SERVED =
      EnumSet.of(
          Dialect.OPENAI,
          Dialect.SANDBOX,
          Dialect.AZURE_OPENAI,
          Dialect.MISTRAL,
          Dialect.ANTHROPIC,
          Dialect.GEMINI,
          Dialect.COHERE);

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
      throw new IllegalArgumentException(
          "dialect: %s (expected: one of %s)".formatted(dialect, SERVED));
    }
    return switch (dialect) {
      case OPENAI, SANDBOX, MISTRAL -> openAiPassThrough;
      case AZURE_OPENAI -> new AzurePassThrough(openAiPassThrough);
      case ANTHROPIC -> new Conversion(caller(surface, dialect), new AnthropicProvider());
      case GEMINI -> new Conversion(caller(surface, dialect), new GeminiProvider());
      case COHERE -> new Conversion(caller(surface, dialect), new CohereProvider());
      case VERTEX, BEDROCK -> throw new IllegalArgumentException("dialect: " + dialect);
    };
  }

  private static CallerHalf caller(Surface surface, Dialect dialect) {
    return switch (surface) {
      case CHAT_COMPLETIONS -> new ChatCaller(false);
      case COMPLETIONS -> new ChatCaller(true);
      case EMBEDDINGS ->
          throw Problem.notFound("No embeddings are served in the dialect " + dialect.key() + ".");
    };
  }
}
