package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.wire.ByteSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Providers that speak OpenAI's format, but for a word here and there.
class NearlyOpenAiTest {
  private static final String WORD =
      "data: {\"id\":\"u\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
  private static final String STOP =
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  private static final String USAGE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  private static final String CALL =
      "{\"function\":{\"name\":\"f\",\"arguments\":{\"city\":\"Oslo\"}}}";

  private static Talk talk(Surface surface, boolean stream) {
    String said =
        surface == Surface.RESPONSES
            ? "\"input\":\"hi\""
            : "\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    return Talk.of(
        surface,
        Dialect.OPENAI,
        "{\"model\":\"acme/alpha\",\"stream\":%b,%s}".formatted(stream, said));
  }

  private static Talk streamed() {
    return talk(Surface.CHAT_COMPLETIONS, true);
  }

  private static JsonNode plain(String answer) {
    return Json.tryParse(talk(Surface.CHAT_COMPLETIONS, false).answer(answer)).orElseThrow();
  }

  private static List<JsonNode> chunks(String stream) {
    var chunks = new ArrayList<JsonNode>();
    for (String line : stream.split("\n")) {
      if (line.startsWith("data: {")) {
        chunks.add(Json.tryParse(line.substring(6)).orElseThrow());
      }
    }
    return chunks;
  }

  private static Ending ending(Talk talk, String answer) {
    Relay relay = talk.relay();
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    relay.accept(bytes, 0, bytes.length, new ByteSink(64));
    return relay.end();
  }

  @ParameterizedTest
  @EnumSource(
      value = Surface.class,
      names = {"CHAT_COMPLETIONS", "MESSAGES", "RESPONSES"})
  void spacesAfterTheEndAndEventsOfNothingAreNoFaults(Surface surface) {
    for (String stream :
        List.of(
            WORD + STOP + USAGE + "data: [DONE] \r\n\r\n",
            "data:\n\ndata: \n\n" + WORD + "data:\n\n" + STOP + USAGE + DONE)) {
      Ending ending = ending(talk(surface, true), stream);
      assertThat(ending.fault()).as(stream).isEmpty();
      assertThat(ending.complete()).as(stream).isTrue();
      assertThat(ending.usage().totalTokens()).as(stream).isEqualTo(15);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Surface.class,
      names = {"CHAT_COMPLETIONS", "MESSAGES", "RESPONSES"})
  void whoSaysThatItIsDoneNeedNotSayWhy(Surface surface) {
    Ending ending = ending(talk(surface, true), WORD + USAGE + DONE);
    assertThat(ending.complete()).isTrue();
    assertThat(ending.finishReason()).contains("stop");
    assertThat(ending.nativeFinishReason()).isEmpty();
    String call = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[%s]}}]}\n\n".formatted(CALL);
    assertThat(ending(talk(surface, true), call + DONE).finishReason()).contains("tool_calls");
    assertThat(ending(talk(surface, true), WORD + USAGE).complete()).as("no end").isFalse();
    assertThat(ending(talk(surface, true), DONE).complete()).as("no words").isFalse();
  }

  @Test
  void halfAnEventAtTheEndTakesNothingFromWhatCameBefore() {
    Ending ending = ending(streamed(), WORD + STOP + "data: {\"choices\":[],\"usa");
    assertThat(ending.fault()).isEmpty();
    assertThat(ending.complete()).isTrue();
    assertThat(ending.usageReported()).isFalse();
    assertThat(ending(streamed(), WORD + "data: {\"cho").complete()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Surface.class,
      names = {"CHAT_COMPLETIONS", "MESSAGES", "RESPONSES"})
  void anErrorInPlaceOfAStreamKeepsItsStatus(Surface surface) {
    Ending ending =
        ending(
            talk(surface, true),
            """

            {
              "error": {"message": "max_tokens is too large", "code": 400}
            }
            """);
    assertThat(ending.fault().orElseThrow().status()).isEqualTo(400);
    assertThat(ending.fault().orElseThrow().message()).isEqualTo("max_tokens is too large");
  }

  @Test
  void aWholeAnswerInPlaceOfAStreamIsShownAsOne() {
    String whole =
        """
        {"id":"u","choices":[{"index":0,"message":{"role":"assistant","content":"Hi é",
          "tool_calls":[%s]},"finish_reason":"tool_calls"}],
         "usage":{"prompt_tokens":10,"completion_tokens":5}}
        """
            .formatted(CALL);
    for (int cut : new int[] {0, 1, 60}) {
      String shown = streamed().answer(whole.getBytes(StandardCharsets.UTF_8), cut);
      assertThat(shown).endsWith(DONE);
      JsonNode first = chunks(shown).getFirst().at("/choices/0");
      assertThat(first.has("message")).isFalse();
      assertThat(first.at("/delta/content").asString()).isEqualTo("Hi é");
      assertThat(first.at("/delta/tool_calls/0/index").asInt(-1)).isZero();
      assertThat(chunks(shown).getLast().at("/usage/total_tokens").asInt()).isEqualTo(15);
    }
    assertThat(ending(streamed(), whole.substring(0, 80)).complete()).isFalse();
    String messages = talk(Surface.MESSAGES, true).answer(whole);
    assertThat(messages).contains("\"text\":\"Hi é\"", "\"stop_reason\":\"tool_use\"");
  }

  @Test
  void whatEveryChoiceAndMessageHasIsThere() {
    JsonNode answer =
        plain(
            "{\"choices\":[{\"message\":{\"content\":\"a\"}},{\"message\":{\"content\":\"b\"}}]}");
    for (int i = 0; i < 2; i++) {
      JsonNode choice = answer.path("choices").path(i);
      assertThat(choice.path("index").asInt(-1)).isEqualTo(i);
      assertThat(choice.at("/message/role").asString("")).isEqualTo("assistant");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void argumentsAreTextAndACallHasAnIdAndAType(boolean stream) {
    JsonNode message =
        stream
            ? chunks(
                    streamed()
                        .answer(
                            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[%s]}}]}\n\n"
                                    .formatted(CALL)
                                + STOP
                                + DONE))
                .getFirst()
                .at("/choices/0/delta")
            : plain("{\"choices\":[{\"message\":{\"tool_calls\":[%s]}}]}".formatted(CALL))
                .at("/choices/0/message");
    JsonNode call = message.at("/tool_calls/0");
    assertThat(call.at("/function/arguments").stringValue()).isEqualTo("{\"city\":\"Oslo\"}");
    assertThat(call.path("type").asString("")).isEqualTo("function");
    assertThat(stream || call.path("id").asString("").startsWith("call_")).isTrue();
  }

  @Test
  void whoeverCallsToolsHasStoppedForThat() {
    String calls = "{\"tool_calls\":[%s]}".formatted(CALL);
    JsonNode choice =
        plain("{\"choices\":[{\"message\":%s,\"finish_reason\":\"stop\"}]}".formatted(calls))
            .at("/choices/0");
    assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.path("native_finish_reason").asString()).isEqualTo("stop");
    String stream = "data: {\"choices\":[{\"delta\":%s}]}\n\n".formatted(calls) + STOP + DONE;
    assertThat(ending(streamed(), stream).finishReason()).contains("tool_calls");
    assertThat(talk(Surface.MESSAGES, true).answer(stream))
        .contains("\"stop_reason\":\"tool_use\"");
    String cut = stream.replace("\"stop\"", "\"length\"");
    assertThat(ending(streamed(), cut).finishReason()).contains("length");
  }

  @Test
  void theMarkOfAByteOrderIsNoFault() {
    JsonNode answer =
        plain("\uFEFF{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}");
    assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void whoeverSendsElsewhereIsToBlameAndNotTheRequest() {
    assertThat(Faults.of(302, new byte[0]).errorType()).isEqualTo("provider_unavailable");
    assertThat(Faults.of(418, new byte[0]).errorType()).isEqualTo("invalid_request");
  }

  @Test
  void noVectorsAreNoAnswer() {
    Talk talk =
        Talk.of(
            Surface.EMBEDDINGS, Dialect.OPENAI, "{\"model\":\"acme/alpha\",\"input\":[\"hi\"]}");
    assertThat(ending(talk, "{\"object\":\"list\",\"data\":[]}").fault()).isPresent();
  }
}
