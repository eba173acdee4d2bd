package dev.signalbox.gateway.dialect.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiCallerTest {
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

  private static Glance glance(String json) {
    return new OpenAiCaller()
        .glance(Surface.CHAT_COMPLETIONS, json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void bothSpellingsOfPreferencesAreUnderstoodAndSnakeCaseWins() {
    var preferences =
        glance(
                "{\"model\":\"a/b\",\"provider\":{\"allowFallbacks\":false,\"data_collection\":\"allow\","
                    + "\"dataCollection\":\"deny\",\"maxPrice\":{\"prompt\":\"1.5\"},"
                    + "\"preferredMaxLatency\":{\"p90\":3},\"preferred_min_throughput\":100,"
                    + "\"sort\":{\"by\":\"price\",\"partition\":\"none\"},\"only\":[\"x\"]},"
                    + MESSAGES
                    + "}")
            .preferences();
    assertThat(preferences.allowFallbacks()).contains(false);
    assertThat(preferences.denyDataCollection()).isFalse();
    assertThat(preferences.maxPrice().get("prompt")).isEqualByComparingTo("1.5");
    assertThat(preferences.maxLatency()).containsEntry("p90", 3.0);
    assertThat(preferences.minThroughput()).containsEntry("p50", 100.0);
    assertThat(preferences.sort()).contains(SortKey.PRICE);
    assertThat(preferences.partition()).contains(Partition.NONE);
    assertThat(preferences.only())
        .hasValueSatisfying(only -> assertThat(only).containsExactly("x"));
  }

  @Test
  void theModelComesFirstAndNoneTwice() {
    assertThat(glance("{\"model\":\"a/b\",\"models\":[\"c/d\",\"a/b\"]," + MESSAGES + "}").models())
        .isEqualTo(List.of("a/b", "c/d"));
  }

  @Test
  void anImageIsNoticedAndItsBytesAreNotCountedAsText() {
    String image = "A".repeat(400_000);
    Glance glance =
        glance(
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what\"},"
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                + image
                + "\"}}]}]}");
    assertThat(glance.inputModalities()).containsExactly("image");
    assertThat(glance.promptTokens()).isLessThan(2_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'messages':[]|messages",
        "'messages':'x'|messages",
        "'messages':[{'content':'x'}]|messages[0].role",
        "'messages':[{'role':'user','content':7}]|messages[0].content",
        "'temperature':3|temperature",
        "'temperature':'hot'|temperature",
        "'max_tokens':0|max_tokens",
        "'max_tokens':1.5|max_tokens",
        "'max_tokens':9223372036854775808|max_tokens",
        "'stream':'yes'|stream",
        "'model':7|model",
        "'models':['a/a','a/b','a/c','a/d']|3 items or fewer",
        "'stop':['1','2','3','4','5']|stop",
        "'stop':5|stop: not a string or an array",
        "'seed':'x'|seed: not a number",
        "'tool_choice':5|tool_choice: not a string or an object",
        "'response_format':'json'|response_format: not an object",
        "'logit_bias':[]|logit_bias: not an object",
        "'reasoning':'high'|reasoning: not an object",
        "'plugins':'x'|plugins: not an array",
        "'parallel_tool_calls':1|parallel_tool_calls: not true or false",
        "'reasoning_effort':'high','reasoning':{'effort':'low'}|reasoning_effort",
        "'provider':[]|provider",
        "'provider':{'sort':'best'}|provider.sort",
        "'provider':{'data_collection':'maybe'}|provider.data_collection"
      })
  void whatIsWrongIsNamed(String members, String named) {
    String json = "{" + members.replace('\'', '"');
    json += members.contains("'messages'") ? "}" : "," + MESSAGES + "}";
    String body = json;
    assertThatThrownBy(() -> glance(body))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(400))
        .hasMessageContaining(named);
  }

  @Test
  void aSessionNameHasALimit() {
    assertThatThrownBy(
            () -> glance("{\"session_id\":\"" + "s".repeat(257) + "\"," + MESSAGES + "}"))
        .hasMessageContaining("256");
  }
}
