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

/// Gemini's `batchEmbedContents`. It tells no usage.
final class GeminiEmbeddings implements EmbeddingsHalf {
  @Override
  public UpstreamRequest write(EmbeddingsWish wish, Target target) {
    ObjectNode body = Json.object();
    ArrayNode requests = body.putArray("requests");
    for (String text : wish.texts()) {
      ObjectNode one = requests.addObject();
      one.put("model", "models/" + target.upstreamModel());
      one.putObject("content").putArray("parts").addObject().put("text", text);
      wish.inputType().map(GoogleTasks::of).ifPresent(task -> one.put("taskType", task));
      wish.dimensions().ifPresent(length -> one.put("outputDimensionality", length));
    }
    return new UpstreamRequest(
        "/models/" + target.upstreamModel() + ":batchEmbedContents",
        List.of(ByteBuffer.wrap(Json.bytes(body))),
        Map.of());
  }

  @Override
  public List<JsonNode> vectors(JsonNode answer) {
    var vectors = new ArrayList<JsonNode>();
    answer.path("embeddings").forEach(one -> vectors.add(one.path("values")));
    return vectors;
  }

  @Override
  public OptionalLong tokens(JsonNode answer) {
    JsonNode count = answer.path("usageMetadata").path("promptTokenCount");
    return count.isIntegralNumber() ? OptionalLong.of(count.asLong()) : OptionalLong.empty();
  }
}
