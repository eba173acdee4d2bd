package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What providers insist on, and refuse a whole request for.
class ProvidersDemandsTest {
  private static final String CLAUDE = "anthropic.claude-x";
  private static final String TOOLS =
      """
      "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},
       {"type":"function","function":{"name":"g","parameters":{"type":"object"}}}]\
      """;

  private static Talk chat(Dialect dialect, String members) {
    return Talk.of(Surface.CHAT_COMPLETIONS, dialect, "{\"model\":\"m/n\"," + members + "}");
  }

  private static JsonNode json(String text) {
    return Json.tryParse(text).orElseThrow();
  }

  @Test
  void noTextIsBlankToClaude() {
    JsonNode sent =
        chat(
                Dialect.ANTHROPIC,
                """
                "messages":[{"role":"user","content":"x"},
                 {"role":"assistant","content":"\\n\\n","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"c1","content":"\\n"},
                 {"role":"user","content":"y"},
                 {"role":"assistant","content":" "}]
                """)
            .upstreamRequest();
    assertThat(sent.path("messages"))
        .isEqualTo(
            json(
                """
                [{"role":"user","content":[{"type":"text","text":"x"}]},
                 {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1"},{"type":"text","text":"y"}]}]
                """));
  }

  @Test
  void turnsAroundAnEmptyOneAreOneToConverse() {
    JsonNode sent =
        chat(
                Dialect.BEDROCK,
                """
                "messages":[{"role":"user","content":"x"},{"role":"assistant","content":""},{"role":"user","content":"y"}]
                """)
            .withModel(CLAUDE)
            .upstreamRequest();
    assertThat(sent.path("messages"))
        .isEqualTo(json("[{\"role\":\"user\",\"content\":[{\"text\":\"x\"},{\"text\":\"y\"}]}]"));
  }

  @Test
  void converseHasTheUserBeginAndWordsEverywhere() {
    JsonNode sent =
        chat(
                Dialect.BEDROCK,
                """
                "messages":[{"role":"assistant","content":"Hello!"},
                 {"role":"user","content":[{"type":"file","file":{"filename":"a report.pdf","file_data":"data:application/pdf;base64,AA"}}]},
                 {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"c1","content":""}]
                """)
            .withModel(CLAUDE)
            .upstreamRequest();
    assertThat(sent.path("messages"))
        .isEqualTo(
            json(
                """
                [{"role":"user","content":[{"text":"(empty)"}]},
                 {"role":"assistant","content":[{"text":"Hello!"}]},
                 {"role":"user","content":[{"document":{"format":"pdf","name":"a report","source":{"bytes":"AA"}}},{"text":"a report"}]},
                 {"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{}}}]},
                 {"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"(empty)"}]}}]}]
                """));
  }

  @ParameterizedTest
  @CsvSource({
    "gemini-2.5-flash,\"effort\":\"high\",24576",
    "gemini-2.5-pro,\"max_tokens\":50000,32768",
    "gemini-2.5-pro,\"max_tokens\":20000,20000",
    "gemini-2.5-pro,\"effort\":\"none\",128",
    "gemini-2.5-flash,\"effort\":\"none\",0"
  })
  void geminiThinksWithinItsBounds(String model, String wish, int budget) {
    JsonNode sent =
        chat(
                Dialect.GEMINI,
                """
                "max_tokens":65000,"messages":[{"role":"user","content":"x"}],"reasoning":{%s}
                """
                    .formatted(wish))
            .withModel(model)
            .upstreamRequest();
    JsonNode thinking = sent.path("generationConfig").path("thinkingConfig");
    assertThat(thinking.path("thinkingBudget").asInt(-1)).isEqualTo(budget);
  }

  @ParameterizedTest
  @CsvSource({"OPENAI_RESPONSES,/input/0/content/0", "OPENAI,/messages/0/content/0/file"})
  void aFileHasANameToOpenAi(Dialect dialect, String place) {
    JsonNode sent =
        Talk.of(
                Surface.MESSAGES,
                dialect,
                """
                {"model":"m/n","max_tokens":10,"messages":[{"role":"user","content":[
                 {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"}}]}]}
                """)
            .upstreamRequest();
    assertThat(sent.at(place).path("filename").asString("")).isEqualTo("document.pdf");
  }

  @Test
  void aModelThatDoesNotReasonIsNotAskedForItsThoughts() {
    String message = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
    var plain =
        Talk.of(
            Surface.CHAT_COMPLETIONS,
            Dialect.OPENAI_RESPONSES,
            "{\"model\":\"m/n\"," + message + "}",
            "temperature");
    assertThat(plain.upstreamRequest().has("include")).isFalse();
    assertThat(chat(Dialect.OPENAI_RESPONSES, message).upstreamRequest().path("include"))
        .isEqualTo(json("[\"reasoning.encrypted_content\"]"));
  }

  @Test
  void aToolThatIsNamedGoesAloneToCohere() {
    JsonNode sent =
        chat(
                Dialect.COHERE,
                """
                "messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"function","function":{"name":"g"}},%s
                """
                    .formatted(TOOLS))
            .upstreamRequest();
    assertThat(sent.path("tool_choice").asString("")).isEqualTo("REQUIRED");
    assertThat(sent.at("/tools/0/function/name").asString("")).isEqualTo("g");
    assertThat(sent.path("tools")).hasSize(1);
  }

  @Test
  void onlyToolsThatAreAllowedAreOffered() {
    JsonNode sent =
        chat(
                Dialect.ANTHROPIC,
                """
                "messages":[{"role":"user","content":"x"}],%s,
                "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}}
                """
                    .formatted(TOOLS))
            .upstreamRequest();
    assertThat(sent.path("tool_choice")).isEqualTo(json("{\"type\":\"any\"}"));
    assertThat(sent.at("/tools/0/name").asString("")).isEqualTo("g");
    assertThat(sent.path("tools")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "BEDROCK,'{\"output\":{\"message\":{\"content\":[{\"text\":\"a\"}]}},\"stopReason\":\"stop_sequence\"}'",
    "COHERE,'{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},\"finish_reason\":\"STOP_SEQUENCE\"}'"
  })
  void aStopSequenceIsSaidThoughNobodyKnowsWhich(Dialect dialect, String answer) {
    var talk =
        Talk.of(
            Surface.MESSAGES,
            dialect,
            "{\"model\":\"m/n\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    assertThat(talk.withModel("amazon.nova-x").answer(answer))
        .contains("\"stop_reason\":\"stop_sequence\",\"stop_sequence\":null");
  }

  @ParameterizedTest
  @CsvSource({"ANTHROPIC,claude-x,top_p", "BEDROCK,anthropic.claude-x,topP"})
  void claudeIsToldTheTemperatureAlone(Dialect dialect, String model, String name) {
    String message = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"top_p\":0.9";
    JsonNode both =
        chat(dialect, message + ",\"temperature\":0.5").withModel(model).upstreamRequest();
    assertThat(both.findValue("temperature").asDouble(0)).isEqualTo(0.5);
    assertThat(both.findValue(name)).isNull();
    JsonNode one = chat(dialect, message).withModel(model).upstreamRequest();
    assertThat(one.findValue(name).asDouble(0)).isEqualTo(0.9);
  }

  @ParameterizedTest
  @CsvSource({"1,16", "16,16", "100,100"})
  void aCapIsOneThatResponsesTakes(int asked, int sent) {
    JsonNode request =
        chat(
                Dialect.OPENAI_RESPONSES,
                "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":" + asked)
            .upstreamRequest();
    assertThat(request.path("max_output_tokens").asInt(0)).isEqualTo(sent);
  }

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

  @ParameterizedTest
  @CsvSource({"ANTHROPIC,claude-x", "BEDROCK,anthropic.claude-x"})
  void noTemperatureIsAboveOneThere(Dialect dialect, String model) {
    String members = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":1.8";
    JsonNode sent = chat(dialect, members).withModel(model).upstreamRequest();
    assertThat(sent.findValue("temperature").asDouble(0)).isEqualTo(1);
  }

  @Test
  void argumentsAreAnObjectThoughTheirSchemaDoesNotSay() {
    JsonNode sent =
        chat(
                Dialect.ANTHROPIC,
                """
                "messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]
                """)
            .upstreamRequest();
    assertThat(sent.at("/tools/0/input_schema")).isEqualTo(json("{\"type\":\"object\"}"));
  }
}
