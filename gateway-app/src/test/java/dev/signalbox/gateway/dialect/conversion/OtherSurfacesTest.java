package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Callers of Messages and of Responses, and providers of several dialects.
class OtherSurfacesTest {
  /// Two calls whose arguments come mixed.
  private static final String MIXED_CALLS =
      """
      data: {"id":"up-1","choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","text":"Hm é","signature":"s1","format":"google-gemini-v1","index":0}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"content":"Let me \\"look\\"."}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\\"x\\":"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\\"y\\":"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"}\\"}"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]}}]}

      data: {"id":"up-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

      data: {"id":"up-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":4}}}

      data: [DONE]

      """;

  private static final String CLAUDE =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":10,"output_tokens":1}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hmm é"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig=="}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: content_block_start
      data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":1}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static final String RESPONSES =
      """
      event: response.created
      data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","completed_at":5,"output":[]}}

      event: response.output_text.delta
      data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":"Hi é"}

      event: response.completed
      data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed","completed_at":5,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi é","annotations":[]}]}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}}

      """;

  private static final String TALK = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

  private static Talk messages(Dialect dialect, String members) {
    return Talk.of(
        Surface.MESSAGES, dialect, "{\"model\":\"acme/alpha\",\"max_tokens\":100," + members + "}");
  }

  private static Talk responses(Dialect dialect, String members) {
    return Talk.of(Surface.RESPONSES, dialect, "{\"model\":\"acme/alpha\"," + members + "}");
  }

  record Recorded(Talk talk, String stream) {}

  static Stream<Recorded> streams() {
    String stream = "\"stream\":true,";
    return Stream.of(
        new Recorded(messages(Dialect.ANTHROPIC, stream + TALK), CLAUDE),
        new Recorded(messages(Dialect.OPENAI, stream + TALK), MIXED_CALLS),
        new Recorded(messages(Dialect.OPENAI_RESPONSES, stream + TALK), RESPONSES),
        new Recorded(responses(Dialect.OPENAI_RESPONSES, stream + "\"input\":\"hi\""), RESPONSES),
        new Recorded(responses(Dialect.ANTHROPIC, stream + "\"input\":\"hi\""), CLAUDE),
        new Recorded(responses(Dialect.OPENAI, stream + "\"input\":\"hi\""), MIXED_CALLS));
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aStreamIsTheSameWhereverTheNetworkCutsIt(Recorded recorded) {
    byte[] bytes = recorded.stream().getBytes(StandardCharsets.UTF_8);
    String whole = timeless(recorded.talk().answer(bytes, 0));
    assertThat(whole).contains("gen-1-a");
    for (int cut = 1; cut < bytes.length; cut++) {
      assertThat(timeless(recorded.talk().answer(bytes, cut))).as("cut at " + cut).isEqualTo(whole);
    }
  }

  private static String timeless(String answer) {
    return answer.replaceAll("\"completed_at\":\\d+", "\"completed_at\":0");
  }

  private static List<JsonNode> events(String stream) {
    var events = new ArrayList<JsonNode>();
    for (String line : stream.split("\n")) {
      if (line.startsWith("data: {")) {
        events.add(Json.tryParse(line.substring(6)).orElseThrow());
      }
    }
    return events;
  }

  @Test
  void callsThatComeMixedAreBlocksOneAfterAnother() {
    String stream = messages(Dialect.OPENAI, "\"stream\":true," + TALK).answer(MIXED_CALLS);
    var blocks = new ArrayList<String>();
    var arguments = new StringBuilder[] {new StringBuilder(), new StringBuilder()};
    int open = -1;
    for (JsonNode event : events(stream)) {
      switch (Json.stringOr(event, "type", "")) {
        case "content_block_start" -> {
          assertThat(open).as("one block is open at a time").isEqualTo(-1);
          open = event.path("index").asInt();
          blocks.add(Json.stringOr(event.path("content_block"), "type", ""));
        }
        case "content_block_delta" -> {
          assertThat(event.path("index").asInt()).isEqualTo(open);
          if (open >= 2) {
            arguments[open - 2].append(event.path("delta").path("partial_json").asString());
          }
        }
        case "content_block_stop" -> open = -1;
        default -> {}
      }
    }
    assertThat(blocks).containsExactly("thinking", "text", "tool_use", "tool_use");
    assertThat(arguments[0].toString()).isEqualTo("{\"x\":\"}\"}");
    assertThat(arguments[1].toString()).isEqualTo("{\"y\":2}");
  }

  @Test
  void anotherProvidersProofOfAThoughtFindsItsWayBack() {
    String stream = messages(Dialect.OPENAI, "\"stream\":true," + TALK).answer(MIXED_CALLS);
    String signature =
        events(stream).stream()
            .map(event -> event.path("delta").path("signature"))
            .filter(JsonNode::isString)
            .map(JsonNode::stringValue)
            .findFirst()
            .orElseThrow();
    assertThat(signature).isEqualTo("fmt:google-gemini-v1::s1");
    JsonNode sent =
        messages(
                Dialect.OPENAI,
                """
                "messages":[{"role":"user","content":"hi"},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"Hm é","signature":"%s"},{"type":"text","text":"x"}]},
                 {"role":"user","content":"go on"}]
                """
                    .formatted(signature))
            .upstreamRequest();
    assertThat(sent.path("messages").path(1).path("content").asString()).isEqualTo("x");
    assertThat(Json.text(sent)).doesNotContain("fmt:");
  }

  @Test
  void everyBlockOfMessagesIsSaidInAChat() {
    JsonNode sent =
        messages(
                Dialect.OPENAI,
                """
                "system":[{"type":"text","text":"Be brief."}],"stop_sequences":["END"],"temperature":0.5,
                "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],
                "tool_choice":{"type":"any","disable_parallel_tool_use":true},
                "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},
                "messages":[
                 {"role":"user","content":[{"type":"text","text":"Look"},
                   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
                   {"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"words"}},
                   {"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"}}]},
                 {"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"}]},{"type":"text","text":"So?"}]}]
                """)
            .upstreamRequest();
    assertThat(sent.path("messages"))
        .isEqualTo(
            Json.tryParse(
                    """
                    [{"role":"system","content":"Be brief."},
                     {"role":"user","content":[{"type":"text","text":"Look"},
                       {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                       {"type":"text","text":"T\\n\\nwords"},
                       {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}}]},
                     {"role":"assistant","content":"I look.","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
                     {"role":"tool","tool_call_id":"t1","content":"one"},
                     {"role":"user","content":"So?"}]
                    """)
                .orElseThrow());
    assertThat(sent.path("tool_choice").asString()).isEqualTo("required");
    assertThat(sent.path("parallel_tool_calls").asBoolean(true)).isFalse();
    assertThat(sent.path("stop").path(0).asString()).isEqualTo("END");
    assertThat(sent.path("response_format").path("type").asString()).isEqualTo("json_schema");
  }

  @Test
  void whatOnlyOneMakersModelsKnowIsRefusedForOthers() {
    for (String members :
        List.of(
            "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]," + TALK,
            "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"container_upload\"}]}]")) {
      assertThatThrownBy(() -> messages(Dialect.OPENAI, members).upstreamRequest())
          .isInstanceOf(Problem.class)
          .hasMessageContaining("Anthropic");
      assertThat(messages(Dialect.ANTHROPIC, members).upstreamRequest().path("model").asString())
          .isEqualTo("alpha-1");
    }
  }

  @Test
  void eventsThatCameWithoutNumbersGetThem() {
    String stream =
        responses(Dialect.OPENAI_RESPONSES, "\"stream\":true,\"input\":\"hi\"")
            .answer(RESPONSES.replaceAll("\"sequence_number\":\\d,", ""));
    assertThat(events(stream))
        .extracting(event -> event.path("sequence_number").asInt(-1))
        .containsExactly(0, 1, 2);
  }
}
