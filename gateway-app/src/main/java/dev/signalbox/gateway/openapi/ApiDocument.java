package dev.signalbox.gateway.openapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.json.JsonMapper;

/// An OpenAPI document, in both its spellings.
public record ApiDocument(byte[] yaml, byte[] json) {
  /// Reads `openapi/<name>.yaml`.
  public static ApiDocument named(String name) {
    try {
      byte[] yaml = new ClassPathResource("openapi/" + name + ".yaml").getContentAsByteArray();
      Object tree =
          new Load(LoadSettings.builder().build())
              .loadFromString(new String(yaml, StandardCharsets.UTF_8));
      return new ApiDocument(yaml, new JsonMapper().writeValueAsBytes(tree));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
