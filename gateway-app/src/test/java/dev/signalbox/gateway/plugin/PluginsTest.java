package dev.signalbox.gateway.plugin;

import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Plugins in the running gateway.
class PluginsTest {
  @TempDir static Path directory;

  private static FakeProvider small;
  private static FakeProvider large;
  private static FakeProvider claude;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    small = FakeProvider.start();
    large = FakeProvider.start();
    claude = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: small, name: Small, dialect: openai, base_url: "%s"}
              - {slug: large, name: Large, dialect: openai, base_url: "%s"}
              - {slug: claude, name: Claude, dialect: anthropic, base_url: "%s"}
            models:
              - id: acme/small
                context_length: 8192
                endpoints: [{provider: small, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: acme/large
                context_length: 32000
                endpoints: [{provider: large, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: anthropic/claude
                context_length: 200000
                endpoints: [{provider: claude, pricing: {prompt: "0.000001", completion: "0.000002"}}]
            """
                .formatted(small.url(), large.url(), claude.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    small.close();
    large.close();
    claude.close();
  }

  @BeforeEach
  void reset() {
    small.reset();
    large.reset();
    claude.reset();
  }

  private static HttpResponse<String> asks(String body) throws Exception {
    return gateway.send(
        gateway
            .request("/api/v1/chat/completions", gateway.key())
            .header("X-OpenRouter-Metadata", "enabled")
            .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body)));
  }

  private static FakeProvider.Script says(String content, String finish) {
    return FakeProvider.raw(
        200,
        "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":%s},\"finish_reason\":\"%s\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9}}"
            .formatted(TestGateway.JSON.writeValueAsString(content), finish));
  }

  private static final String HEALING =
      "{\"model\":\"acme/small\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
          + "\"plugins\":[{\"id\":\"response-healing\"}],"
          + "\"response_format\":{\"type\":\"json_object\"}%s}";

  @Test
  void fencedJsonWithATrailingCommaIsHealed() throws Exception {
    small.next(says("Sure:\n```json\n{\"a\": 1,}\n```", "stop"));
    JsonNode answer = json(asks(HEALING.formatted("")));
    assertThat(answer.path("choices").path(0).path("message").path("content").asString())
        .isEqualTo("{\"a\":1}");
    JsonNode stage = answer.path("openrouter_metadata").path("pipeline").path(0);
    assertThat(stage.path("type").asString()).isEqualTo("response_healing");
    assertThat(stage.path("summary").asString()).isEqualTo("mended=1");
    assertThat(answer.path("usage").path("completion_tokens").asInt()).isEqualTo(9);
    // The provider never hears of it.
    assertThat(small.requests().getLast()).doesNotContain("plugins").contains("response_format");
  }

  @Test
  void whatWasCutAtItsLimitOrStreamsOrIsNoJsonModeIsNotTouched() throws Exception {
    small.next(says("{\"a\": 1,", "length"));
    assertThat(asks(HEALING.formatted("")).body()).contains("{\\\"a\\\": 1,");
    small.next(says("{\"a\": 1,}", "stop"));
    assertThat(asks(HEALING.formatted("").replace("json_object", "text")).body())
        .contains("{\\\"a\\\": 1,}");
    small.next(says("{\"a\": 1,}", "stop"));
    assertThat(
            asks(HEALING
                    .formatted("")
                    .replace("\"response-healing\"", "\"response-healing\",\"enabled\":false"))
                .body())
        .contains("{\\\"a\\\": 1,}");
    var streamed = asks(HEALING.formatted(",\"stream\":true"));
    assertThat(streamed.body()).endsWith("data: [DONE]\n\n");
  }

  @Test
  void aConvertedAnswerIsHealedAsWell() throws Exception {
    claude.next(
        FakeProvider.raw(
            200,
            "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"{a:"
                + " 1\\n"
                + "}\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}"));
    var answer = asks(HEALING.formatted("").replace("acme/small", "anthropic/claude"));
    assertThat(json(answer).path("choices").path(0).path("message").path("content").asString())
        .as(answer.body())
        .isEqualTo("{\"a\":1}");
  }

  private static String conversation(String model, int turns, int chars, String rest) {
    var messages = new StringBuilder("{\"role\":\"system\",\"content\":\"be brief\"}");
    for (int i = 0; i < turns; i++) {
      messages.append(
          ",{\"role\":\"%s\",\"content\":\"turn %d %s\"}"
              .formatted(i % 2 == 0 ? "user" : "assistant", i, "x".repeat(chars)));
    }
    return "{\"model\":\"%s\",\"messages\":[%s]%s}".formatted(model, messages, rest);
  }

  @Test
  void aLongChatFitsAShortContextByItself() throws Exception {
    // About 12,000 tokens for 8,192.
    var answer = asks(conversation("acme/small", 61, 780, ",\"max_tokens\":100"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(small.requests().getLast()).path("messages");
    assertThat(sent.path(0).path("content").asString()).isEqualTo("be brief");
    assertThat(sent.path(1).path("content").asString()).startsWith("turn 0 ");
    assertThat(sent.path(sent.size() - 1).path("content").asString()).startsWith("turn 60 ");
    assertThat(small.requests().getLast().length() / 4).isLessThan(8_192 - 100);
    JsonNode stage = json(answer).path("openrouter_metadata").path("pipeline").path(0);
    assertThat(stage.path("type").asString()).isEqualTo("context_compression");
    assertThat(stage.path("summary").asString()).startsWith("removed=");
  }

  @Test
  void switchedOffItIsAnErrorThatSaysSo() throws Exception {
    for (String off :
        List.of(
            ",\"plugins\":[{\"id\":\"context-compression\",\"enabled\":false}]",
            ",\"transforms\":[]")) {
      var answer = asks(conversation("acme/small", 61, 780, off));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      JsonNode error = json(answer).path("error");
      assertThat(error.path("metadata").path("error_type").asString())
          .isEqualTo("context_length_exceeded");
    }
    assertThat(small.requests()).isEmpty();
  }

  @Test
  void longerContextsCompressOnlyWhenAsked() throws Exception {
    String about40k = conversation("acme/large", 101, 1_600, "%s");
    assertThat(asks(about40k.formatted("")).statusCode()).isEqualTo(400);
    for (String on :
        List.of(
            ",\"transforms\":[\"middle-out\"]",
            ",\"plugins\":[{\"id\":\"context-compression\",\"engine\":\"middle-out\"}]")) {
      var answer = asks(about40k.formatted(on));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(large.requests().getLast()).doesNotContain("transforms").contains("turn 100 ");
      assertThat(large.requests().getLast().length() / 4).isLessThan(32_000);
    }
  }

  @Test
  void claudeIsSentNoMoreMessagesThanItTakes() throws Exception {
    claude.next(
        FakeProvider.raw(
            200,
            "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"ok\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}"));
    var answer =
        asks(conversation("anthropic/claude", 1_301, 1, ",\"transforms\":[\"middle-out\"]"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode sent = TestGateway.JSON.readTree(claude.requests().getLast()).path("messages");
    assertThat(sent.size()).isBetween(900, 1_000);
  }

  @Test
  void whatNeedsAThirdPartyOrIsUnknownOrMalformedIsRefusedClearly() throws Exception {
    String base =
        "{\"model\":\"acme/small\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],%s}";
    for (String plugin : List.of("web", "web-fetch", "file-parser", "moderation", "fusion")) {
      var refused = asks(base.formatted("\"plugins\":[{\"id\":\"" + plugin + "\"}]"));
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(json(refused).path("error").path("message").asString())
          .contains("'" + plugin + "' is not configured");
      assertThat(
              asks(base.formatted("\"plugins\":[{\"id\":\"" + plugin + "\",\"enabled\":false}]"))
                  .statusCode())
          .isEqualTo(200);
    }
    for (String members :
        List.of(
            "\"plugins\":[{\"id\":\"no-such\"}]",
            "\"plugins\":[{}]",
            "\"plugins\":{}",
            "\"plugins\":[7]",
            "\"plugins\":\"web\"",
            "\"plugins\":[{\"id\":\"response-healing\",\"enabled\":\"yes\"}]",
            "\"plugins\":[{\"id\":\"context-compression\",\"engine\":\"other\"}]",
            "\"transforms\":[\"other\"]",
            "\"transforms\":\"middle-out\"",
            "\"transforms\":[7]",
            "\"tools\":[{\"type\":\"openrouter:web_search\"}]")) {
      var refused = asks(base.formatted(members));
      assertThat(refused.statusCode()).as(members).isEqualTo(400);
      assertThat(json(refused).path("error").path("code").asInt()).isEqualTo(400);
      assertThat(json(refused).path("error").path("message").asString()).isNotBlank();
    }
    assertThat(
            asks(base.formatted("\"x\":1").replace("acme/small", "acme/small:online")).statusCode())
        .isEqualTo(400);
    assertThat(asks(base.formatted("\"plugins\":null,\"transforms\":null")).statusCode())
        .isEqualTo(200);
    assertThat(asks(base.formatted("\"plugins\":[],\"tools\":[]")).statusCode()).isEqualTo(200);
  }
}
