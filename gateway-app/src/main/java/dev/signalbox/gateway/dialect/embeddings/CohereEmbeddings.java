package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Cohere's `/v2/embed`. It must be told what the vectors are for; unsaid, they are documents.
final class CohereEmbeddings implements EmbeddingsHalf {
  @Override
  public UpstreamRequest write(EmbeddingsWish wish, Target target) {
    ObjectNode body = asked(wish).put("model", target.upstreamModel());
    return new UpstreamRequest("/embed", List.of(ByteBuffer.wrap(Json.bytes(body))), Map.of());
  }

  /// Returns the wish in Cohere's words, wherever its model is served.
  static ObjectNode asked(EmbeddingsWish wish) {
    ObjectNode body = Json.object();
    ArrayNode texts = body.putArray("texts");
    wish.texts().forEach(texts::add);
    body.put("input_type", wish.inputType().orElse("search_document"));
    body.putArray("embedding_types").add("float");
    wish.dimensions().ifPresent(length -> body.put("output_dimension", length));
    return body;
  }

  @Override
  public List<JsonNode> vectors(JsonNode answer) {
    var vectors = new ArrayList<JsonNode>();
    answer.path("embeddings").path("float").forEach(vectors::add);
    return vectors;
  }

  @Override
  public OptionalLong tokens(JsonNode answer) {
    JsonNode count = answer.path("meta").path("billed_units").path("input_tokens");
    return count.isNumber() ? OptionalLong.of(count.asLong()) : OptionalLong.empty();
  }
}
