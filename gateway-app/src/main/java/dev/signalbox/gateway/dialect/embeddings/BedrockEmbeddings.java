package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.bedrock.BedrockProvider;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.problem.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Bedrock's `InvokeModel` for models that embed. Amazon's Titan takes one text at a time, Cohere's
/// models take many.
final class BedrockEmbeddings implements EmbeddingsHalf {
  @Override
  public UpstreamRequest write(EmbeddingsWish wish, Target target) {
    byte[] body = Json.bytes(body(wish, target.upstreamModel()));
    return new UpstreamRequest(
        BedrockProvider.path(target, "invoke"), List.of(ByteBuffer.wrap(body)), Map.of());
  }

  private static ObjectNode body(EmbeddingsWish wish, String model) {
    if (model.contains("cohere.embed")) {
      return CohereEmbeddings.asked(wish);
    }
    if (!model.contains("amazon.titan-embed")) {
      throw Problem.notFound("This model of Bedrock's serves no embeddings.");
    }
    if (wish.texts().size() != 1) {
      throw Problem.invalidRequest("input: several texts (expected: one, for this provider)");
    }
    ObjectNode body = Json.object().put("inputText", wish.texts().getFirst());
    if (model.contains("titan-embed-image")) {
      wish.dimensions()
          .ifPresent(
              length -> body.putObject("embeddingConfig").put("outputEmbeddingLength", length));
    } else {
      wish.dimensions().ifPresent(length -> body.put("dimensions", length));
    }
    return body;
  }

  /// Cohere's first models answer with the vectors alone.
  @Override
  public List<JsonNode> vectors(JsonNode answer) {
    if (answer.path("embedding").isArray()) {
      return List.of(answer.path("embedding"));
    }
    JsonNode embeddings = answer.path("embeddings");
    var vectors = new ArrayList<JsonNode>();
    (embeddings.isArray() ? embeddings : embeddings.path("float")).forEach(vectors::add);
    return vectors;
  }

  @Override
  public OptionalLong tokens(JsonNode answer) {
    return Json.number(answer, "inputTextTokenCount");
  }
}
