package dev.signalbox.gateway.dialect.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.canonical.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A conversation of Messages that another maker's model began, and Claude goes on with.
class OthersThoughtsTest {
  private static final String SEALED =
      "{\"type\":\"redacted_thinking\",\"data\":\"fmt:google-gemini-v1:t1:SIG\"}";
  private static final String UNSIGNED =
      "{\"type\":\"thinking\",\"thinking\":\"%s\",\"signature\":\"\"}".formatted("Hm".repeat(500));
  private static final String OWN =
      "{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"Eqo==\"}";
  private static final String CALL =
      "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}";

  private static JsonNode sent(Dialect dialect, String model, String... blocks) {
    String request =
        """
        {"model":"m/n","max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2000},
         "messages":[{"role":"user","content":"x"},
          {"role":"assistant","content":[%s]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"\\"thinking\\""}]}]}
        """
            .formatted(String.join(", ", blocks));
    return Talk.of(Surface.MESSAGES, dialect, request).withModel(model).upstreamRequest();
  }

  private static JsonNode json(String text) {
    return Json.tryParse(text).orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"ANTHROPIC", "VERTEX", "BEDROCK"})
  void areLeftOutAndTheTurnIsFinishedWithoutThinking(Dialect dialect) {
    JsonNode sent = sent(dialect, "anthropic.claude-x", SEALED, UNSIGNED, CALL);
    if (dialect == Dialect.VERTEX) {
      sent = sent(dialect, "anthropic/claude-x", SEALED, UNSIGNED, CALL);
    }
    assertThat(sent.path("messages").path(1).path("content")).isEqualTo(json("[" + CALL + "]"));
    assertThat(sent.path("messages")).hasSize(3);
    assertThat(sent.has("thinking")).isFalse();
  }

  @Test
  void itsOwnStayAndItThinksOn() {
    JsonNode sent = sent(Dialect.ANTHROPIC, "claude-x", OWN, SEALED, CALL);
    assertThat(sent.path("messages").path(1).path("content"))
        .isEqualTo(json("[" + OWN + "," + CALL + "]"));
    assertThat(sent.path("thinking").path("budget_tokens").asInt(0)).isEqualTo(2000);
  }

  @Test
  void aTurnOfNothingElseIsLeftOut() {
    JsonNode sent = sent(Dialect.ANTHROPIC, "claude-x", SEALED);
    assertThat(sent.path("messages")).hasSize(2);
  }

  @Test
  void unsignedOnesGoToWhoSignsNone() {
    JsonNode sent = sent(Dialect.ANTHROPIC, "kimi-k3", UNSIGNED, SEALED, CALL);
    assertThat(sent.path("messages").path(1).path("content"))
        .isEqualTo(json("[" + UNSIGNED + "," + CALL + "]"));
    assertThat(sent.has("thinking")).isTrue();
  }
}
