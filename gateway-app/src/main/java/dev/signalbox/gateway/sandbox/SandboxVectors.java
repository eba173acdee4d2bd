package dev.signalbox.gateway.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Made-up embeddings: unit vectors, the same for the same input.
final class SandboxVectors {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int DIMENSIONS = 16;
  private static final int MAX_DIMENSIONS = 4_096;

  private SandboxVectors() {}

  static String answer(JsonNode body) {
    JsonNode input = body.path("input");
    if (input.isMissingNode() || input.isNull() || (input.isArray() && input.isEmpty())) {
      throw new SandboxRequest.Invalid("input: missing or empty");
    }
    int dimensions = body.path("dimensions").asInt(DIMENSIONS);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new SandboxRequest.Invalid("dimensions: not between 1 and " + MAX_DIMENSIONS);
    }
    boolean base64 = body.path("encoding_format").asString("float").equals("base64");
    var data = new ArrayList<Map<String, Object>>();
    long tokens = 0;
    for (JsonNode one : inputs(input)) {
      tokens += one.isArray() ? one.size() : Math.max(1, one.toString().length() / 4);
      float[] vector = vector(one.toString(), dimensions);
      data.add(
          Map.of(
              "object",
              "embedding",
              "index",
              data.size(),
              "embedding",
              base64 ? encoded(vector) : vector));
    }
    return JSON.writeValueAsString(
        Map.of(
            "object",
            "list",
            "model",
            body.path("model").asString("sandbox"),
            "data",
            data,
            "usage",
            Map.of("prompt_tokens", tokens, "total_tokens", tokens)));
  }

  /// A list of numbers is one input; a list of anything else is many.
  private static List<JsonNode> inputs(JsonNode input) {
    if (!input.isArray() || input.get(0).isNumber()) {
      return List.of(input);
    }
    var inputs = new ArrayList<JsonNode>();
    input.forEach(inputs::add);
    return inputs;
  }

  private static float[] vector(String words, int dimensions) {
    var random = new Random(words.hashCode());
    var vector = new float[dimensions];
    double square = 0;
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextGaussian();
      square += (double) vector[i] * vector[i];
    }
    double length = Math.sqrt(Math.max(square, Double.MIN_NORMAL));
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (vector[i] / length);
    }
    return vector;
  }

  private static String encoded(float[] vector) {
    var buffer = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      buffer.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(buffer.array());
  }
}
