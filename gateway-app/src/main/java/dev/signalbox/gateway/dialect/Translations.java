package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.anthropic.AnthropicProvider;
import dev.signalbox.gateway.dialect.azure.AzurePassThrough;
import dev.signalbox.gateway.dialect.bedrock.BedrockProvider;
import dev.signalbox.gateway.dialect.chat.ChatCaller;
import dev.signalbox.gateway.dialect.cohere.CohereProvider;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.dialect.conversion.Conversion;
import dev.signalbox.gateway.dialect.gemini.GeminiProvider;
import dev.signalbox.gateway.dialect.openai.OpenAiCaller;
import dev.signalbox.gateway.dialect.openai.OpenAiPassThrough;
import dev.signalbox.gateway.dialect.responses.ResponsesProvider;
import dev.signalbox.gateway.dialect.vertex.VertexProvider;
import dev.signalbox.gateway.problem.Problem;

/// Which surfaces can be served, and how each reaches each dialect.
public final class Translations {
  private final CallerDialect openAiCaller = new OpenAiCaller();
  private final Translation openAiPassThrough = new OpenAiPassThrough();

  /// Returns who reads a surface's requests.
  public CallerDialect caller(Surface surface) {
    return switch (surface) {
      case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> openAiCaller;
    };
  }

  /// Returns how a surface's requests go to a dialect.
  public Translation between(Surface surface, Dialect dialect) {
    return switch (dialect) {
      case OPENAI, SANDBOX, MISTRAL -> openAiPassThrough;
      case AZURE_OPENAI -> new AzurePassThrough(openAiPassThrough);
      case ANTHROPIC -> new Conversion(caller(surface, dialect), new AnthropicProvider());
      case GEMINI -> new Conversion(caller(surface, dialect), new GeminiProvider());
      case COHERE -> new Conversion(caller(surface, dialect), new CohereProvider());
      case VERTEX -> new Conversion(caller(surface, dialect), new VertexProvider());
      case BEDROCK -> new Conversion(caller(surface, dialect), new BedrockProvider());
      case OPENAI_RESPONSES -> new Conversion(caller(surface, dialect), new ResponsesProvider(""));
      case AZURE_RESPONSES ->
          new Conversion(caller(surface, dialect), new ResponsesProvider("/openai/v1"));
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
