package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChatToGeminiTest {
  private static final String STREAM =
      """
      data: {"responseId":"r1","candidates":[{"content":{"parts":[{"text":"Hmm","thought":true}]}}]}

      data: {"candidates":[{"content":{"parts":[{"text":"Grüße"}]}}]}

      data: {"candidates":[{"content":{"parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}},"thoughtSignature":"sig"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":20,"cachedContentTokenCount":8,"candidatesTokenCount":5,"thoughtsTokenCount":3}}

      """;

  private static Talk talk(String request) {
    return Talk.of(Surface.CHAT_COMPLETIONS, Dialect.GEMINI, request);
  }

  @Test
  void aToolLoopKeepsNamesAndSignatures() {
    var talk =
        talk(
            """
            {"model":"m/n","stream":true,"max_tokens":10000,"reasoning":{"effort":"low"},"tool_choice":"required",
             "messages":[{"role":"system","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},
              {"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.encrypted","id":"c1","data":"sig","format":"google-gemini-v1"}],
               "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"one"}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}
            """);
    assertThat(talk.upstreamPath()).isEqualTo("/models/alpha-1:streamGenerateContent?alt=sse");
    assertThat(talk.upstreamRequest())
        .isEqualTo(
            Json.tryParse(
                    """
                    {"systemInstruction":{"parts":[{"text":"Be brief."}]},
                     "contents":[
                      {"role":"user","parts":[{"text":"Look"},{"inlineData":{"mimeType":"image/png","data":"AA"}}]},
                      {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"sig"}]},
                      {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"one"}}}]}],
                     "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object"}}]}],
                     "toolConfig":{"functionCallingConfig":{"mode":"ANY"}},
                     "generationConfig":{"maxOutputTokens":10000,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2000}}}
                    """)
                .orElseThrow());
  }

  @Test
  void theSameStreamComesOutWhereverItIsCut() {
    var talk =
        talk(
            "{\"model\":\"m/n\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    byte[] recorded = STREAM.getBytes(StandardCharsets.UTF_8);
    String whole = talk.answer(recorded, 0);
    for (int cut = 1; cut < recorded.length; cut++) {
      assertThat(talk.answer(recorded, cut)).isEqualTo(whole);
    }
    assertThat(whole)
        .contains("\"reasoning\":\"Hmm\"", "Grüße", "\"id\":\"c1\"", "\"data\":\"sig\"")
        .contains("\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"STOP\"")
        .contains("\"prompt_tokens\":20,\"completion_tokens\":8", "\"cached_tokens\":8")
        .endsWith("data: [DONE]\n\n");
  }
}
