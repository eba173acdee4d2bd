package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.wire.Members;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A preset's version in force, ready to be merged into requests.
///
/// @param configs its settings in the words of each surface
record Preset(String slug, Map<Surface, Members> configs, Optional<String> systemPrompt) {
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
    return new Preset(slug, configs, systemPrompt);
  }

  Members config(Surface surface) {
    return Objects.requireNonNull(configs.get(surface));
  }
}
