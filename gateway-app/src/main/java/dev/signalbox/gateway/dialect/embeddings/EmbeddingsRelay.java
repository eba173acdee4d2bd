package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.WholeRelay;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.pricing.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// Carries vectors from a provider's words into OpenAI's.
final class EmbeddingsRelay extends WholeRelay {
  private static final long LARGEST_COUNT = 1L << 40;

  private final EmbeddingsHalf provider;
  private final EmbeddingsWish wish;
  private final long promptTokens;
  private final AnswerFacts facts;
  private final Transcript transcript = new Transcript();

  private List<JsonNode> vectors = List.of();
  private OptionalLong tokens = OptionalLong.empty();

  EmbeddingsRelay(
      EmbeddingsHalf provider, EmbeddingsWish wish, long promptTokens, AnswerFacts facts) {
    this.provider = provider;
    this.wish = wish;
    this.promptTokens = promptTokens;
    this.facts = facts;
  }

  @Override
  protected Ending ending(Optional<UpstreamFault> fault) {
    return new Ending(
        fault.isEmpty(),
        Usage.of(tokens.orElse(promptTokens), 0),
        tokens.isPresent(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        fault);
  }

  @Override
  protected void read(byte[] bytes) {
    JsonNode answer = Json.parse(bytes);
    if (answer.has("error")) {
      failed(Faults.of(200, answer));
      return;
    }
    vectors = provider.vectors(answer);
    boolean whole =
        vectors.size() == wish.texts().size()
            && vectors.stream().allMatch(vector -> vector.isArray() && !vector.isEmpty());
    if (!whole) {
      failed(UpstreamFault.malformed("The provider's answer has not one vector for each input"));
      return;
    }
    OptionalLong told = provider.tokens(answer);
    boolean believable =
        told.isPresent() && told.getAsLong() >= 0 && told.getAsLong() <= LARGEST_COUNT;
    if (told.isPresent() && !believable) {
      transcript.distrust();
    }
    tokens = believable ? told : OptionalLong.empty();
  }

  @Override
  public Optional<Transcript> transcript() {
    return Optional.of(transcript);
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    out.write(
        "{\"id\":%s,\"object\":\"list\",\"model\":%s,\"provider\":%s,\"data\":["
            .formatted(
                JsonText.quote(facts.generationId()),
                JsonText.quote(facts.model()),
                JsonText.quote(facts.providerName())));
    for (int i = 0; i < vectors.size(); i++) {
      out.write(
          "%s{\"object\":\"embedding\",\"index\":%d,\"embedding\":"
              .formatted(i == 0 ? "" : ",", i));
      out.write(wish.base64() ? Vectors.packed(vectors.get(i)) : vectors.get(i).toString());
      out.write('}');
    }
    out.write(
        "],\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d,\"cost\":%s,\"is_byok\":%b}"
            .formatted(
                receipt.usage().promptTokens(),
                receipt.usage().totalTokens(),
                receipt.charged(),
                receipt.byok()));
    receipt.routerMetadata().ifPresent(json -> out.write(",\"openrouter_metadata\":" + json));
    out.write('}');
  }
}
