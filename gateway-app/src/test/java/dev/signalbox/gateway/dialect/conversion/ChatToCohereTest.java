package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChatToCohereTest {
  private static final String STREAM =
      """
      event: message-start
      data: {"id":"c1","type":"message-start"}

      event: content-delta
      data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hé"}}}}

      event: tool-call-start
      data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t1","type":"function","function":{"name":"f","arguments":""}}}}}

      event: tool-call-delta
      data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}

      event: message-end
      data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":7,"output_tokens":2}}}}

      """;

  private static final Talk TALK =
      Talk.of(
          Surface.CHAT_COMPLETIONS,
          Dialect.COHERE,
          """
          {"model":"m/n","stream":true,"top_p":0.5,"messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"t0","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"t0","content":"one"}]}
          """);

  @Test
  void aToolLoopIsSaid() {
    assertThat(TALK.upstreamRequest())
        .isEqualTo(
            Json.tryParse(
                    """
                    {"model":"alpha-1","messages":[{"role":"user","content":[{"type":"text","text":"x"}]},
                      {"role":"assistant","tool_calls":[{"id":"t0","type":"function","function":{"name":"f","arguments":"{}"}}]},
                      {"role":"tool","tool_call_id":"t0","content":"one"}],"p":0.5,"stream":true}
                    """)
                .orElseThrow());
  }

  @Test
  void theSameStreamComesOutWhereverItIsCut() {
    byte[] recorded = STREAM.getBytes(StandardCharsets.UTF_8);
    String whole = TALK.answer(recorded, 0);
    for (int cut = 1; cut < recorded.length; cut++) {
      assertThat(TALK.answer(recorded, cut)).isEqualTo(whole);
    }
    assertThat(whole)
        .contains("Hé", "\"id\":\"t1\"", "\"finish_reason\":\"tool_calls\"")
        .contains("\"prompt_tokens\":7,\"completion_tokens\":2");
  }
}
