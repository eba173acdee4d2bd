package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What a Claude is told of thinking, at Anthropic and at Bedrock.
class ClaudeThinkingTest {
  private static final String ADAPTIVE = "thinking:adaptive";
  private static final String ALWAYS = "thinking:always";
  private static final String EFFORTS = "efforts:low,medium,high,xhigh,max";

  private static final String TOOLS =
      """
      ,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required"\
      """;
  private static final String SCHEMA =
      """
      ,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}}\
      """;

  private static JsonNode asked(Dialect dialect, String quirk, String wish, String... parameters) {
    var request =
        Talk.of(
                Surface.CHAT_COMPLETIONS,
                dialect,
                "{\"model\":\"m/n\",\"max_tokens\":10000,\"temperature\":1,"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"
                    + wish
                    + "}",
                parameters)
            .withQuirks(quirk, EFFORTS)
            .withModel("anthropic.claude-x")
            .upstreamRequest();
    return dialect == Dialect.ANTHROPIC ? request : request.path("additionalModelRequestFields");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          thinking:adaptive | {}                   | {}
          thinking:adaptive | {"effort":"none"}    | {"thinking":{"type":"disabled"}}
          thinking:adaptive | {"enabled":false}    | {"thinking":{"type":"disabled"}}
          thinking:adaptive | {"effort":"xhigh"}   | {"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"xhigh"}}
          thinking:adaptive | {"max_tokens":9500}  | {"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"xhigh"}}
          thinking:adaptive | {"effort":"minimal","exclude":true} | {"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"low"}}
          thinking:always   | {}                   | {}
          thinking:always   | {"effort":"none"}    | {"output_config":{"effort":"low"}}
          thinking:always   | {"max_tokens":2000}  | {"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"low"}}
          without:nothing   | {"effort":"none"}    | {}
          without:nothing   | {"effort":"high"}    | {"thinking":{"type":"enabled","budget_tokens":8000}}
          """)
  void aWishToReasonIsSaidAsTheModelUnderstandsIt(String quirk, String wish, String said) {
    for (Dialect dialect : new Dialect[] {Dialect.ANTHROPIC, Dialect.BEDROCK}) {
      JsonNode asked = asked(dialect, quirk, ",\"reasoning\":" + wish);
      var told = Json.object();
      Json.member(asked, "thinking").ifPresent(tree -> told.set("thinking", tree));
      Json.member(asked, "output_config").ifPresent(tree -> told.set("output_config", tree));
      assertThat(told).as("%s", dialect).isEqualTo(Json.tryParse(said).orElseThrow());
    }
  }

  @ParameterizedTest
  @CsvSource({
    ADAPTIVE + ",any,disabled",
    ALWAYS + ",auto,''",
    "tool_choice_auto,auto,''",
    "without:nothing,any,''"
  })
  void whoThinksIsNotForced(String quirk, String choice, String thinking) {
    JsonNode asked = asked(Dialect.ANTHROPIC, quirk, TOOLS);
    assertThat(asked.at("/tool_choice/type").asString("")).isEqualTo(choice);
    assertThat(asked.at("/thinking/type").asString("")).isEqualTo(thinking);
    assertThat(asked(Dialect.BEDROCK, quirk, TOOLS).at("/thinking/type").asString(""))
        .isEqualTo(thinking);
  }

  @ParameterizedTest
  @CsvSource({
    ADAPTIVE + ",json_answer,disabled",
    ALWAYS + ",'',''",
    "tool_choice_auto,'',''",
    "without:nothing,json_answer,''"
  })
  void aSchemaIsToldInWordsToWhoCannotBeForced(String quirk, String tool, String thinking) {
    JsonNode asked = asked(Dialect.ANTHROPIC, quirk, SCHEMA);
    assertThat(asked.at("/tool_choice/name").asString("")).isEqualTo(tool);
    assertThat(asked.at("/thinking/type").asString("")).isEqualTo(thinking);
    assertThat(asked.path("system").toString().contains("JSON schema")).isEqualTo(tool.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({ADAPTIVE, ALWAYS})
  void effortAndFormatShareTheirPlace(String quirk) {
    JsonNode asked =
        asked(
            Dialect.ANTHROPIC,
            quirk,
            SCHEMA + ",\"reasoning\":{\"effort\":\"max\"}",
            "structured_outputs",
            "reasoning");
    assertThat(asked.at("/output_config/effort").asString("")).isEqualTo("max");
    assertThat(asked.at("/output_config/format/type").asString("")).isEqualTo("json_schema");
    assertThat(asked.has("temperature")).isFalse();
  }
}
