package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What providers insist on, and refuse a whole request for.
class ProvidersDemandsTest {
  @ParameterizedTest
  @CsvSource({
    "MESSAGES,standard_only,default",
    "MESSAGES,auto,auto",
    "RESPONSES,default,default",
    "RESPONSES,flex,flex",
    "RESPONSES,fast,priority"
  })
  void aTierOfOtherSurfacesIsTheTierThatWasAsked(Surface surface, String asked, String sent) {
    String request =
        "{\"model\":\"m/n\",\"max_tokens\":20,\"service_tier\":\"%s\",%s}"
            .formatted(
                asked,
                surface == Surface.MESSAGES
                    ? "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
                    : "\"input\":\"x\"");
    JsonNode upstream = Talk.of(surface, Dialect.OPENAI, request).upstreamRequest();
    assertThat(upstream.path("service_tier").asString("")).isEqualTo(sent);
  }

  @Test
  void jsonWithoutASchemaIsAskedForWithoutOne() {
    String request =
        """
        {"model":"m/n","input":"x","text":{"format":{"type":"json_object"}}}
        """;
    JsonNode upstream =
        Talk.of(Surface.RESPONSES, Dialect.OPENAI, request)
            .withQuirks("no_json_schema")
            .upstreamRequest();
    assertThat(upstream.path("messages")).hasSize(1);
    assertThat(upstream.at("/response_format/type").asString("")).isEqualTo("json_object");
  }
}
