package dev.signalbox.gateway.dialect.canonical;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A function that a model may call.
///
/// @param parameters JSON schema
public record Tool(
    String name,
    Optional<String> description,
    Optional<JsonNode> parameters,
    Optional<Boolean> strict,
    Optional<CacheMark> cache) {}
