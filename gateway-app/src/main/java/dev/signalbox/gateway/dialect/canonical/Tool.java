package dev.signalbox.gateway.dialect.canonical;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A function that a model may call.
///
/// @param parameters JSON schema
public record Tool(
    String name,
    Optional<String> description,
    Optional<JsonNode> parameters,
    Optional<Boolean> strict,
    Optional<CacheMark> cache) {
  /// Returns the schema of the arguments, which says that they are an object: Anthropic insists.
  public JsonNode schema() {
    ObjectNode schema =
        parameters
            .filter(JsonNode::isObject)
            .map(given -> (ObjectNode) given.deepCopy())
            .orElseGet(Json::object);
    return schema.has("type") ? schema : schema.put("type", "object");
  }
}
