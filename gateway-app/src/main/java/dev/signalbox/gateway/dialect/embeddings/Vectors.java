package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Vectors as packed floats, for providers that know them as numbers only.
public final class Vectors {
  private Vectors() {}

  /// Returns a vector as a JSON string: Base64 of little-endian 32-bit floats.
  static String packed(JsonNode vector) {
    var floats = ByteBuffer.allocate(vector.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    vector.forEach(number -> floats.putFloat((float) number.asDouble()));
    return '"' + Base64.getEncoder().encodeToString(floats.array()) + '"';
  }

  /// Returns the `data` of an answer in OpenAI's format with its vectors packed; empty if the
  /// request did not want that, or it is so already.
  public static Optional<String> packed(Members request, Members answer) {
    if (!EmbeddingsWish.wantsBase64(request) || answer.kind("data") != '[') {
      return Optional.empty();
    }
    byte[] bytes = answer.bytes();
    var data = new StringBuilder("[");
    boolean changed = false;
    for (Span element : Members.elements(bytes, answer.span("data"))) {
      data.append(data.length() > 1 ? "," : "");
      if (bytes[element.from()] != '{') {
        return Optional.empty();
      }
      Members one = Members.within(bytes, element);
      if (one.kind("embedding") != '[') {
        data.append(new String(bytes, element.from(), element.length(), StandardCharsets.UTF_8));
        continue;
      }
      changed = true;
      Span vector = one.span("embedding");
      byte[] numbers = Arrays.copyOfRange(bytes, vector.from(), vector.to());
      for (ByteBuffer piece :
          JsonSplice.of(one).set("embedding", packed(Json.parse(numbers))).pieces()) {
        data.append(StandardCharsets.UTF_8.decode(piece.duplicate()));
      }
    }
    return changed ? Optional.of(data.append(']').toString()) : Optional.empty();
  }
}
