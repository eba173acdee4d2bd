package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class EnforcedSchemaTest {
  private static JsonNode json(String text) {
    return Json.tryParse(text).orElseThrow();
  }

  @Test
  void whatIsNotEnforcedIsTold() {
    assertThat(
            EnforcedSchema.of(
                json(
                    """
                    {"type":"object","properties":{
                      "minimum":{"type":"integer","minimum":1,"maximum":9,"description":"How many."},
                      "when":{"type":"string","format":"date"},
                      "phone":{"type":"string","format":"phone"},
                      "tags":{"type":"array","minItems":2,"items":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}},
                      "one":{"type":"array","minItems":1},
                      "either":{"oneOf":[{"type":"string","maxLength":3},{"const":{"minimum":1}}]}},
                     "$defs":{"a":{"type":"object","additionalProperties":{"type":"string"}}},
                     "required":["minimum"]}
                    """)))
        .isEqualTo(
            json(
                """
                {"type":"object","properties":{
                  "minimum":{"type":"integer","description":"How many.\\n{\\"minimum\\":1,\\"maximum\\":9}"},
                  "when":{"type":"string","format":"date"},
                  "phone":{"type":"string","description":"{\\"format\\":\\"phone\\"}"},
                  "tags":{"type":"array","items":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"additionalProperties":false},
                          "description":"{\\"minItems\\":2}"},
                  "one":{"type":"array","minItems":1},
                  "either":{"anyOf":[{"type":"string","description":"{\\"maxLength\\":3}"},{"const":{"minimum":1}}]}},
                 "$defs":{"a":{"type":"object","additionalProperties":{"type":"string"}}},
                 "required":["minimum"],"additionalProperties":false}
                """));
  }

  private static JsonNode asked(Dialect dialect, String more) {
    return Talk.of(
            Surface.CHAT_COMPLETIONS,
            dialect,
            "{\"model\":\"m/n\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," + more + "}",
            "structured_outputs",
            "tools")
        .upstreamRequest();
  }

  @Test
  void itIsSoWhereASchemaIsEnforcedAndAsItCameElsewhere() {
    String tool =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":%s,"
            + "\"parameters\":{\"type\":\"object\",\"maxProperties\":3}}}]";
    String told = "{\"maxProperties\":3}";
    assertThat(asked(Dialect.ANTHROPIC, tool.formatted(true)).at("/tools/0/input_schema"))
        .isEqualTo(EnforcedSchema.of(json("{\"type\":\"object\",\"maxProperties\":3}")));
    assertThat(asked(Dialect.ANTHROPIC, tool.formatted(false)).at("/tools/0/input_schema"))
        .isEqualTo(json("{\"type\":\"object\",\"maxProperties\":3}"));
    JsonNode bedrock = asked(Dialect.BEDROCK, tool.formatted(true)).at("/toolConfig/tools/0");
    assertThat(bedrock.at("/toolSpec/inputSchema/json/description").asString("")).isEqualTo(told);
    String format =
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
            + "{\"name\":\"s\",\"schema\":{\"type\":\"object\",\"maxProperties\":3}}}";
    assertThat(
            asked(Dialect.ANTHROPIC, format)
                .at("/output_config/format/schema/description")
                .asString(""))
        .isEqualTo(told);
    String inner =
        asked(Dialect.BEDROCK, format)
            .at("/outputConfig/textFormat/structure/jsonSchema/schema")
            .asString("");
    assertThat(json(inner).path("description").asString("")).isEqualTo(told);
  }
}
