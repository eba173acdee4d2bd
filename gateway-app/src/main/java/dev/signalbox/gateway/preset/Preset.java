package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.cache.CacheRule;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A preset's version in force, ready to be merged into requests.
///
/// @param configs its settings in the words of each surface
record Preset(
    String slug, Map<Surface, Members> configs, Optional<String> systemPrompt, CacheRule caching) {
  /// Settings of the gateway, not of a request.
  static final String CACHE_ENABLED = "cache_enabled";

  static final String CACHE_TTL = "cache_ttl_seconds";

  private static final JsonMapper JSON = new JsonMapper();

  /// @param config JSON, as chat completions spell it
  static Preset of(String slug, String config, Optional<String> systemPrompt) {
    var chat = (ObjectNode) JSON.readTree(config);
    var configs = new EnumMap<Surface, Members>(Surface.class);
    for (Surface surface : Surface.values()) {
      String shaped =
          surface == Surface.CHAT_COMPLETIONS
              ? config
              : JSON.writeValueAsString(PresetShapes.of(surface, chat));
      configs.put(surface, Members.scan(shaped.getBytes(StandardCharsets.UTF_8)));
    }
    return new Preset(slug, configs, systemPrompt, caching(chat));
  }

  private static CacheRule caching(ObjectNode chat) {
    JsonNode enabled = chat.path(CACHE_ENABLED);
    JsonNode ttl = chat.path(CACHE_TTL);
    return CacheRule.of(
        enabled.isBoolean() ? Optional.of(enabled.booleanValue()) : Optional.empty(),
        ttl.isNumber() ? OptionalInt.of((int) ttl.asDouble()) : OptionalInt.empty());
  }

  Members config(Surface surface) {
    return Objects.requireNonNull(configs.get(surface));
  }
}
