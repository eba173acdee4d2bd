package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.ByteSink;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChatToAnthropicTest {
  private static final String STREAM =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3},"output_tokens":1}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hmm é"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig=="}}

      event: content_block_start
      data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

      event: ping
      data: {"type":"ping"}

      event: content_block_delta
      data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me \\"look\\"."}}

      event: content_block_start
      data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\\"Oslo\\"}"}}

      event: content_block_start
      data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"time","input":{}}}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":40}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static final String PLAIN_ANSWER =
      """
      {"id":"msg_1","type":"message","content":[
        {"type":"thinking","thinking":"Hm","signature":"s"},
        {"type":"text","text":"Hi"},
        {"type":"tool_use","id":"t1","name":"f","input":{"a":1}}],
       "stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":9}}
      """;

  private static Talk talk(String request, String... parameters) {
    return Talk.of(Surface.CHAT_COMPLETIONS, Dialect.ANTHROPIC, request, parameters);
  }

  private static final Talk STREAMING =
      talk(
          """
          {"model":"acme/alpha","stream":true,"messages":[{"role":"user","content":"hi"}]}
          """);

  @Test
  void aToolLoopKeepsThoughtsSignaturesAndCacheMarks() {
    var request =
        talk("""
        {"model":"acme/alpha","max_tokens":10000,"reasoning":{"effort":"high"},
         "temperature":0.5,"tool_choice":"required","parallel_tool_calls":false,"messages":[
          {"role":"system","content":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
          {"role":"user","content":[{"type":"text","text":"Look"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"image_url","image_url":{"url":"https://a.example/b.png"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}}]},
          {"role":"assistant","content":null,
           "reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"sig","format":"anthropic-claude-v1"}],
           "tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}},
                         {"id":"t2","type":"function","function":{"name":"g","arguments":""}}]},
          {"role":"tool","tool_call_id":"t1","content":"one"},
          {"role":"tool","tool_call_id":"t2","content":"two"}],
         "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}]}
        """)
            .upstreamRequest();
    assertThat(request)
        .isEqualTo(
            Json.tryParse(
                    """
                    {"model":"alpha-1","thinking":{"type":"enabled","budget_tokens":8000},"max_tokens":10000,
                     "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
                     "messages":[
                      {"role":"user","content":[{"type":"text","text":"Look"},
                        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
                        {"type":"image","source":{"type":"url","url":"https://a.example/b.png"}},
                        {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"BBBB"},"title":"a.pdf"}]},
                      {"role":"assistant","content":[
                        {"type":"thinking","thinking":"Hm","signature":"sig"},
                        {"type":"tool_use","id":"t1","name":"f","input":{"a":1}},
                        {"type":"tool_use","id":"t2","name":"g","input":{}}]},
                      {"role":"user","content":[
                        {"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"}]},
                        {"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"two"}]}]}],
                     "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],
                     "tool_choice":{"type":"auto","disable_parallel_tool_use":true}}
                    """)
                .orElseThrow());
  }

  @Test
  void aSmallEffortStillThinksForTheLeastBudget() {
    var request =
        talk("""
        {"model":"m/n","max_tokens":2000,"reasoning_effort":"minimal","messages":[{"role":"user","content":"x"}]}
        """)
            .upstreamRequest();
    assertThat(request.path("thinking").path("budget_tokens").intValue()).isEqualTo(1024);
  }

  @Test
  void aTurnWhoseThoughtsDidNotComeBackIsFinishedWithoutThinking() {
    String turn =
        """
        {"model":"m/n","max_tokens":9000,"reasoning":{"effort":"high"},"messages":[
          {"role":"user","content":"x"},
          {"role":"assistant","content":null,%s
           "tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"t1","content":"one"}%s]}
        """;
    String thoughts =
        "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"Hm\",\"signature\":\"s\","
            + "\"format\":\"anthropic-claude-v1\",\"index\":0}],";
    String next = ",{\"role\":\"user\",\"content\":\"go on\"}";
    assertThat(talk(turn.formatted("", "")).upstreamRequest().has("thinking")).isFalse();
    assertThat(talk(turn.formatted(thoughts, "")).upstreamRequest().has("thinking")).isTrue();
    assertThat(talk(turn.formatted("", next)).upstreamRequest().has("thinking")).isTrue();
  }

  @Test
  void aBudgetAboveTheCapIsTheCallersMistake() {
    var talk =
        talk(
            """
            {"model":"m/n","max_tokens":2000,"reasoning":{"max_tokens":3000},"messages":[{"role":"user","content":"x"}]}
            """);
    assertThatThrownBy(talk::upstreamRequest)
        .isInstanceOf(Problem.class)
        .hasMessageContaining("max_tokens: 2000");
  }

  @Test
  void thePrefillLosesItsTrailingSpace() {
    var request =
        talk("""
        {"model":"m/n","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"The answer is "}]}
        """)
            .upstreamRequest();
    assertThat(request.path("messages").path(1).path("content").path(0).path("text").stringValue())
        .isEqualTo("The answer is");
    assertThat(request.path("max_tokens").intValue()).isEqualTo(8192);
  }

  @Test
  void theSameStreamComesOutWhereverItIsCut() {
    byte[] recorded = STREAM.getBytes(StandardCharsets.UTF_8);
    String whole = STREAMING.answer(recorded, 0);
    for (int cut = 1; cut < recorded.length; cut++) {
      assertThat(STREAMING.answer(recorded, cut)).isEqualTo(whole);
    }
    assertThat(whole)
        .contains("\"reasoning\":\"Hmm é\"", "\"signature\":\"sig==\"", "Let me \\\"look\\\".")
        .contains("\"index\":0,\"id\":\"toolu_1\"", "\"index\":1,\"id\":\"toolu_2\"")
        .contains("\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"tool_use\"")
        .contains("\"prompt_tokens\":22,\"completion_tokens\":40", "\"cost\":0.5")
        .contains("\"cached_tokens\":5,\"cache_write_tokens\":7")
        .endsWith("data: [DONE]\n\n");
  }

  @Test
  void eachEventGoesOutAsItComesAndTheEndWaits() {
    var relay = STREAMING.relay();
    var out = new ByteSink(64);
    String[] frames = STREAM.split("(?<=\n\n)");
    boolean over = false;
    for (String frame : frames) {
      byte[] bytes = frame.getBytes(StandardCharsets.UTF_8);
      over = relay.accept(bytes, 0, bytes.length, out);
      if (frame.contains("thinking_delta")) {
        assertThat(relay.started()).isTrue();
        assertThat(new String(out.drain(), StandardCharsets.UTF_8)).contains("Hmm");
      }
    }
    assertThat(over).isTrue();
    assertThat(new String(out.drain(), StandardCharsets.UTF_8)).doesNotContain("usage", "DONE");
    var ending = relay.end();
    assertThat(ending.complete()).isTrue();
    assertThat(ending.usage().cacheWrite1h()).isEqualTo(3);
    assertThat(ending.usage().cacheWrite()).isEqualTo(4);
    assertThat(ending.usage().reasoning()).isEqualTo(2);
    assertThat(ending.upstreamId()).contains("msg_1");
  }

  @Test
  void aPlainAnswerTellsTheSame() {
    var answer =
        Json.tryParse(
                talk("{\"model\":\"m/n\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                    .answer(PLAIN_ANSWER))
            .orElseThrow();
    var choice = answer.path("choices").path(0);
    assertThat(answer.has("system_fingerprint")).isTrue();
    assertThat(choice.path("finish_reason").stringValue()).isEqualTo("length");
    assertThat(choice.path("message").path("content").stringValue()).isEqualTo("Hi");
    assertThat(choice.path("message").path("reasoning").stringValue()).isEqualTo("Hm");
    assertThat(
            choice
                .path("message")
                .path("tool_calls")
                .path(0)
                .path("function")
                .path("arguments")
                .stringValue())
        .isEqualTo("{\"a\":1}");
  }

  @Test
  void excludedThoughtsAreCountedButNotShown() {
    var answer =
        talk("""
        {"model":"m/n","reasoning":{"exclude":true},"messages":[{"role":"user","content":"x"}]}
        """)
            .answer(PLAIN_ANSWER);
    assertThat(answer)
        .contains("\"reasoning_tokens\":1", "\"reasoning\":null")
        .doesNotContain("Hm");
  }

  @Test
  void aSchemaIsAnsweredThroughAToolWhereTheEndpointKnowsNone() {
    var talk =
        talk(
            """
            {"model":"m/n","response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}},
             "messages":[{"role":"user","content":"x"}]}
            """);
    assertThat(talk.upstreamRequest().path("tool_choice").path("name").stringValue())
        .isEqualTo("json_answer");
    assertThat(
            talk.answer(
                """
                {"type":"message","content":[{"type":"tool_use","id":"t","name":"json_answer","input":{"a":1}}],
                 "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}
                """))
        .contains("\"content\":\"{\\\"a\\\":1}\"", "\"finish_reason\":\"stop\"")
        .doesNotContain("tool_calls");
  }

  @Test
  void anOverloadInMidStreamIsAFault() {
    var relay = STREAMING.relay();
    byte[] error =
        """
        event: error
        data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded, key sk-ant-12345678"}}

        """
            .getBytes(StandardCharsets.UTF_8);
    assertThat(relay.accept(error, 0, error.length, new ByteSink(8))).isTrue();
    assertThat(relay.started()).isFalse();
    var fault = relay.end().fault().orElseThrow();
    assertThat(fault.status()).isEqualTo(529);
    assertThat(fault.errorType()).isEqualTo("provider_overloaded");
    assertThat(fault.message()).doesNotContain("12345678");
  }

  @Test
  void rubbishIsAFaultAndNeverAnException() {
    var relay = STREAMING.relay();
    byte[] rubbish = "data: {oops\n\n".getBytes(StandardCharsets.UTF_8);
    relay.accept(rubbish, 0, rubbish.length, new ByteSink(8));
    assertThat(relay.end().fault()).isPresent();
    assertThat(relay.end().complete()).isFalse();
  }
}
