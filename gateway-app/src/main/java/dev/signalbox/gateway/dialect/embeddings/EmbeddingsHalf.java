package dev.signalbox.gateway.dialect.embeddings;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import java.util.List;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/// A provider's half of embeddings: writes requests, reads answers. Stateless.
interface EmbeddingsHalf {
  UpstreamRequest write(EmbeddingsWish wish, Target target);

  /// Returns the vectors in the order of the texts: arrays of numbers.
  List<JsonNode> vectors(JsonNode answer);

  /// Returns the tokens that the provider counted, if it tells.
  OptionalLong tokens(JsonNode answer);
}
