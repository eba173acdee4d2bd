package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.problem.Problem;

/// Embeddings in OpenAI's words to a provider with others.
public final class EmbeddingsConversion implements Translation {
  private final EmbeddingsHalf provider;

  private EmbeddingsConversion(EmbeddingsHalf provider) {
    this.provider = provider;
  }

  /// @throws Problem 404 if no embeddings can be asked for in the dialect
  public static Translation to(Dialect dialect) {
    return new EmbeddingsConversion(
        switch (dialect) {
          case GEMINI -> new GeminiEmbeddings();
          case VERTEX -> new VertexEmbeddings();
          case COHERE -> new CohereEmbeddings();
          case BEDROCK -> new BedrockEmbeddings();
          default ->
              throw Problem.notFound(
                  "No embeddings are served in the dialect " + dialect.key() + ".");
        });
  }

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    return provider.write(EmbeddingsWish.of(glance), target);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return new EmbeddingsRelay(provider, EmbeddingsWish.of(glance), glance.promptTokens(), facts);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
