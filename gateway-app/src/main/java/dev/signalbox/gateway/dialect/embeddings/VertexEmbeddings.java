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

/// Vertex AI's `predict` for Google's text embeddings.
final class VertexEmbeddings implements EmbeddingsHalf {
  @Override
  public UpstreamRequest write(EmbeddingsWish wish, Target target) {
    ObjectNode body = Json.object();
    ArrayNode instances = body.putArray("instances");
    for (String text : wish.texts()) {
      ObjectNode one = instances.addObject().put("content", text);
      wish.inputType().map(GoogleTasks::of).ifPresent(task -> one.put("task_type", task));
    }
    wish.dimensions()
        .ifPresent(length -> body.putObject("parameters").put("outputDimensionality", length));
    String model = target.upstreamModel().substring(target.upstreamModel().indexOf('/') + 1);
    return new UpstreamRequest(
        "/publishers/google/models/" + model + ":predict",
        List.of(ByteBuffer.wrap(Json.bytes(body))),
        Map.of());
  }

  @Override
  public List<JsonNode> vectors(JsonNode answer) {
    var vectors = new ArrayList<JsonNode>();
    answer.path("predictions").forEach(one -> vectors.add(one.path("embeddings").path("values")));
    return vectors;
  }

  @Override
  public OptionalLong tokens(JsonNode answer) {
    long sum = 0;
    for (JsonNode one : answer.path("predictions")) {
      JsonNode count = one.path("embeddings").path("statistics").path("token_count");
      if (!count.isNumber()) {
        return OptionalLong.empty();
      }
      sum += count.asLong();
    }
    return OptionalLong.of(sum);
  }
}
