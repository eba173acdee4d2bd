package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers as providers really send them, and what a caller of chat reads of each.
///
/// With `-Dgolden=write` the expected files are written anew: read the difference before it is
/// kept.
class RecordedAnswersTest {
  static Stream<Recorded> all() {
    return Recorded.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void theCallerReadsWhatIsExpected(Recorded recorded) throws Exception {
    String caller = recorded.caller();
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(recorded.expected(), caller);
    }
    assertThat(caller).isEqualTo(Files.readString(recorded.expected()));
  }

  @ParameterizedTest
  @MethodSource("all")
  void theCallerReadsTheSameWhereverTheNetworkCuts(Recorded recorded) {
    recorded.readsTheSameWhereverCut(61);
  }

  /// A turn that tools of the provider's own had interrupted goes on with what it holds.
  @Test
  void aStreamThatBeginsInTheMiddleOfATurnIsWhole() {
    var recorded = Recorded.of("anthropic/resumed.sse");
    assertThat(recorded.caller(Surface.MESSAGES, recorded.bytes()))
        .contains("\"name\":\"look_up\"", "\"stop_reason\":\"tool_use\"")
        .endsWith("{\"type\":\"message_stop\"}\n\n");
  }

  /// One answer in everybody's words is one answer: the same text, calls, reason and counts.
  @Test
  void theSameAnswerOfEveryDialectReadsTheSame() {
    for (String name :
        List.of(
            "anthropic/calls.sse",
            "bedrock/calls.events",
            "gemini/calls.sse",
            "cohere/calls.sse",
            "mistral/calls.sse",
            "openai/calls.sse",
            "openai-responses/calls.sse")) {
      var answer = Assembled.of(Recorded.of(name).caller());
      assertThat(answer.calls)
          .as(name)
          .containsExactly("weather {\"city\":\"Oslo\"}", "weather {\"city\":\"Rome\"}");
      assertThat(answer.finishReason).as(name).isEqualTo("tool_calls");
      assertThat(answer.usage.path("prompt_tokens").asInt()).as(name).isEqualTo(47);
      assertThat(answer.usage.path("completion_tokens").asInt()).as(name).isEqualTo(48);
      if (!name.startsWith("mistral") && !name.startsWith("openai/")) {
        assertThat(answer.reasoning).as(name).isEqualTo("Two towns, two calls.");
      }
    }
    for (String name :
        List.of(
            "anthropic/text.sse",
            "azure-openai/text.sse",
            "bedrock/text.events",
            "gemini/text.sse",
            "cohere/text.sse",
            "mistral/text.sse",
            "openai/text.sse",
            "openai-responses/text.sse")) {
      var answer = Assembled.of(Recorded.of(name).caller());
      assertThat(answer.text).as(name).isEqualTo("Grüße aus 京都 🚲");
      assertThat(answer.finishReason).as(name).isEqualTo("stop");
      if (!name.startsWith("cohere")) {
        assertThat(answer.usage.path("prompt_tokens").asInt()).as(name).isEqualTo(42);
        assertThat(answer.usage.at("/prompt_tokens_details/cached_tokens").asInt())
            .as(name)
            .isEqualTo(30);
      }
    }
  }

  /// An answer put together from its chunks, as a client does it.
  private static final class Assembled {
    String text = "";
    String reasoning = "";
    String finishReason = "";
    List<String> calls = new ArrayList<>();
    JsonNode usage = Json.object();

    static Assembled of(String stream) {
      var answer = new Assembled();
      var names = new ArrayList<String>();
      var arguments = new ArrayList<StringBuilder>();
      for (String event : stream.split("\n\n")) {
        if (!event.startsWith("data: {")) {
          continue;
        }
        JsonNode chunk = Json.tryParse(event.substring(6)).orElseThrow();
        JsonNode choice = chunk.path("choices").path(0);
        JsonNode delta = choice.path("delta");
        answer.text += Json.stringOr(delta, "content", "");
        answer.reasoning += Json.stringOr(delta, "reasoning", "");
        answer.finishReason = Json.stringOr(choice, "finish_reason", answer.finishReason);
        answer.usage = Json.member(chunk, "usage").orElse(answer.usage);
        for (JsonNode call : delta.path("tool_calls")) {
          int index = call.path("index").asInt(-1);
          if (index == names.size()) {
            names.add(Json.stringOr(call.path("function"), "name", ""));
            arguments.add(new StringBuilder());
          }
          arguments.get(index).append(Json.stringOr(call.path("function"), "arguments", ""));
        }
      }
      for (int i = 0; i < names.size(); i++) {
        ObjectNode parsed = Json.arguments(arguments.get(i).toString());
        answer.calls.add(names.get(i) + " " + Json.text(parsed));
      }
      return answer;
    }
  }
}
