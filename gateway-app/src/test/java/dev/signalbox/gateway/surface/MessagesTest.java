package dev.signalbox.gateway.surface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Anthropic's Messages, asked of the running gateway.
class MessagesTest {
  /// As Anthropic streams a thought, words and a tool call; one event is of a kind unknown to us.
  private static final String STREAM =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_01A","type":"message","role":"assistant","model":"claude-up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":10,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

      event: ping
      data: {"type": "ping"}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm é"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig=="}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: content_block_start
      data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","new_field":[1]}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":1}

      event: weather_report
      data: {"type":"weather_report","sky":"blue"}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15,"iterations":[{"n":1}]}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static final String PLAIN =
      """
      {"id":"msg_01A","type":"message","role":"assistant","model":"claude-up","new_field":{"a":[1]},
       "content":[{"type":"text","text":"Hello"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}],
       "stop_reason":"tool_use","stop_sequence":null,
       "usage":{"input_tokens":10,"output_tokens":4,"future_count":3,"service_tier":"standard"}}
      """;

  private static final String HELLO =
      "\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

  @TempDir static Path directory;
  private static FakeProvider claude;
  private static FakeProvider openAi;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    claude = FakeProvider.start();
    openAi = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: claude, name: Claude House, dialect: anthropic, base_url: "%s", api_key: secret-claude}
              - {slug: open, name: Open House, dialect: openai, base_url: "%s", api_key: secret-open}
            models:
              - id: acme/claude
                endpoints:
                  - {provider: claude, upstream_model: claude-up, pricing: {prompt: "0.000001", completion: "0.000002", input_cache_read: "0.0000001", input_cache_write: "0.00000125"}}
              - id: acme/gpt
                endpoints:
                  - {provider: open, upstream_model: gpt-up, pricing: {prompt: "0.000001", completion: "0.000002"}}
              - id: acme/both
                endpoints:
                  - {provider: claude, upstream_model: claude-up, pricing: {prompt: "0", completion: "0"}}
                  - {provider: open, upstream_model: gpt-up, pricing: {prompt: "0.000001", completion: "0.000002"}}
            """
                .formatted(claude.url(), openAi.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    claude.close();
    openAi.close();
  }

  @BeforeEach
  void reset() {
    claude.reset();
    openAi.reset();
    gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
  }

  private static HttpResponse<String> ask(String members) throws Exception {
    return gateway.post("/api/v1/messages", gateway.key(), "{" + members + "}");
  }

  @Test
  void anAnswerOfAnthropicsPassesThroughWithWhatItCost() throws Exception {
    claude.usually(FakeProvider.raw(200, PLAIN));
    var response =
        ask(
            "\"model\":\"acme/claude\",\"provider\":{\"only\":[\"claude\"]},\"brand_new\":{\"x\":1.50},"
                + "\"metadata\":{\"user_id\":\"jane\"},"
                + HELLO);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode message = TestGateway.json(response);
    assertThat(message.path("id").asString()).isEqualTo(TestGateway.idOf(response));
    assertThat(message.path("model").asString()).isEqualTo("acme/claude");
    assertThat(message.path("provider").asString()).isEqualTo("Claude House");
    assertThat(message.path("new_field").path("a").path(0).asInt()).isEqualTo(1);
    assertThat(message.path("content").path(0).has("citations")).isTrue();
    assertThat(message.path("content").path(1).path("input").path("a").asInt()).isEqualTo(1);
    assertThat(message.path("content").path(1).path("caller").path("type").asString())
        .isEqualTo("direct");
    JsonNode usage = message.path("usage");
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.000018");
    assertThat(usage.path("future_count").asInt()).isEqualTo(3);
    assertThat(usage.path("service_tier").asString()).isEqualTo("standard");
    for (String name :
        List.of(
            "cache_creation",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
            "inference_geo",
            "output_tokens_details",
            "server_tool_use")) {
      assertThat(usage.has(name)).as(name).isTrue();
    }
    String sent = claude.requests().getFirst();
    assertThat(sent)
        .contains("\"model\":\"claude-up\"", "\"brand_new\":{\"x\":1.50}", "\"user_id\":\"user-")
        .doesNotContain("provider", "jane");
    var head = claude.heads().getFirst();
    assertThat(head.path()).isEqualTo("/v1/messages");
    assertThat(head.headers().get("x-api-key")).isEqualTo("secret-claude");
    assertThat(head.headers().get("anthropic-version")).isEqualTo("2023-06-01");
    assertThat(head.headers().get("authorization")).isNull();
    var row = gateway.row(TestGateway.idOf(response));
    assertThat(row.get("surface")).isEqualTo("messages");
    assertThat(row.get("upstream_id")).isEqualTo("msg_01A");
  }

  @Test
  void aStreamOfAnthropicsPassesThroughByteForByteButForItsEnds() throws Exception {
    claude.usually(FakeProvider.rawStream(STREAM));
    var response = ask("\"model\":\"acme/claude\",\"stream\":true," + HELLO);
    assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
    List<Sse> events = Sse.read(response.body());
    assertThat(events)
        .extracting(Sse::name)
        .containsExactly(
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "weather_report",
            "message_delta",
            "message_stop");
    String id = TestGateway.idOf(response);
    JsonNode first = events.getFirst().json().path("message");
    assertThat(first.path("id").asString()).isEqualTo(id);
    assertThat(first.path("model").asString()).isEqualTo("acme/claude");
    assertThat(first.path("usage").path("input_tokens").asInt()).isEqualTo(25);
    assertThat(first.path("usage").has("inference_geo")).isTrue();
    assertThat(events.get(5).data())
        .isEqualTo(
            "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\",\"new_field\":[1],\"citations\":[]}}");
    assertThat(response.body()).doesNotContain("[DONE]");
    JsonNode usage = events.get(9).json().path("usage");
    // 25 fresh, 5 read at a tenth, 10 written at a quarter more, 15 said
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.000068");
    assertThat(usage.path("output_tokens").asInt()).isEqualTo(15);
    assertThat(usage.path("input_tokens").asInt()).isEqualTo(25);
    assertThat(usage.path("iterations").path(0).path("n").asInt()).isEqualTo(1);
    assertThat(events.get(9).json().path("delta").path("stop_reason").asString())
        .isEqualTo("end_turn");
    var row = gateway.row(id);
    assertThat(row.get("finish_reason")).isEqualTo("stop");
    assertThat(row.get("native_finish_reason")).isEqualTo("end_turn");
  }

  @Test
  void aModelOfAnotherDialectAnswersInAnthropicsShape() throws Exception {
    openAi.usually(FakeProvider.answers("Hi you"));
    var response = ask("\"model\":\"acme/gpt\",\"system\":\"Be brief.\"," + HELLO);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode message = TestGateway.json(response);
    assertThat(message.path("type").asString()).isEqualTo("message");
    assertThat(message.path("role").asString()).isEqualTo("assistant");
    assertThat(message.path("content").path(0).path("text").asString()).isEqualTo("Hi you");
    assertThat(message.path("content").path(0).has("citations")).isTrue();
    assertThat(message.path("stop_reason").asString()).isEqualTo("end_turn");
    assertThat(message.path("usage").path("input_tokens").asInt()).isEqualTo(10);
    assertThat(message.path("usage").path("output_tokens").asInt()).isEqualTo(2);
    assertThat(message.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000014");
    assertThat(TestGateway.JSON.readTree(openAi.requests().getFirst()))
        .isEqualTo(
            TestGateway.JSON.readTree(
                """
                {"model":"gpt-up","max_tokens":64,"messages":[
                  {"role":"system","content":"Be brief."},{"role":"user","content":"hello"}]}
                """));
    assertThat(openAi.heads().getFirst().path()).isEqualTo("/v1/chat/completions");
  }

  @Test
  void aStreamOfAnotherDialectHasAnthropicsEventsInOrder() throws Exception {
    openAi.usually(FakeProvider.answers("Hi you"));
    var response = ask("\"model\":\"acme/gpt\",\"stream\":true," + HELLO);
    List<Sse> events = Sse.read(response.body());
    assertThat(events)
        .extracting(Sse::name)
        .containsExactly(
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop");
    for (Sse event : events) {
      assertThat(event.json().path("type").asString()).isEqualTo(event.name());
    }
    JsonNode end = events.get(5).json();
    assertThat(end.path("delta").path("stop_reason").asString()).isEqualTo("end_turn");
    assertThat(end.path("usage").path("input_tokens").asInt()).isEqualTo(10);
    assertThat(end.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000014");
  }

  @Test
  void theShorterPathTheOtherHeaderAndPreviewsAreTaken() throws Exception {
    claude.usually(FakeProvider.raw(200, PLAIN));
    for (String path : List.of("/v1/messages", "/api/v1/messages")) {
      var request =
          HttpRequest.newBuilder(URI.create(gateway.base() + path))
              .header("x-api-key", gateway.key())
              .header("anthropic-version", "2024-01-01")
              .header("anthropic-beta", "one-2025-01-01,two")
              .POST(BodyPublishers.ofString("{\"model\":\"acme/claude\"," + HELLO + "}"));
      assertThat(gateway.send(request).statusCode()).isEqualTo(200);
    }
    var head = claude.heads().getFirst();
    assertThat(head.headers().get("anthropic-version")).isEqualTo("2024-01-01");
    assertThat(head.headers().get("anthropic-beta")).isEqualTo("one-2025-01-01,two");
    assertThat(head.headers().get("x-api-key")).isEqualTo("secret-claude");
  }

  @Test
  void errorsHaveAnthropicsEnvelope() throws Exception {
    var badKey = gateway.post("/api/v1/messages", "sk-or-v1-nobody", "{}");
    assertThat(badKey.statusCode()).isEqualTo(401);
    JsonNode body = TestGateway.json(badKey);
    assertThat(body.path("type").asString()).isEqualTo("error");
    assertThat(body.path("error").path("type").asString()).isEqualTo("authentication_error");
    assertThat(body.path("request_id").isNull()).isTrue();

    record Row(String members, int status, String type) {}
    for (Row row :
        List.of(
            new Row("\"model\":\"acme/gpt\"", 400, "invalid_request_error"),
            new Row("\"model\":\"acme/gpt\",\"messages\":[]", 400, "invalid_request_error"),
            new Row("\"model\":\"acme/nothing\"," + HELLO, 400, "invalid_request_error"),
            new Row("\"model\":\"acme/gpt\",\"thinking\":1," + HELLO, 400, "invalid_request_error"),
            new Row(
                "\"model\":\"acme/gpt\",\"provider\":{\"only\":[\"nobody\"]}," + HELLO,
                404,
                "not_found_error"),
            new Row(
                "\"model\":\"acme/gpt\",\"fallbacks\":[{\"model\":\"a\"},{\"model\":\"b\"},"
                    + "{\"model\":\"c\"},{\"model\":\"d\"}],"
                    + HELLO,
                400,
                "invalid_request_error"),
            new Row(
                "\"model\":\"acme/gpt\",\"fallbacks\":[{\"model\":\"a\"}],\"models\":[\"b\"],"
                    + HELLO,
                400,
                "invalid_request_error"),
            new Row(
                "\"model\":\"acme/gpt\",\"fallbacks\":[{\"model\":\"a\",\"max_tokens\":1}],"
                    + HELLO,
                400,
                "invalid_request_error"))) {
      var refused = ask(row.members);
      assertThat(refused.statusCode()).as(row.members).isEqualTo(row.status);
      JsonNode error = TestGateway.json(refused);
      assertThat(error.path("type").asString()).isEqualTo("error");
      assertThat(error.path("error").path("type").asString()).as(row.members).isEqualTo(row.type);
      assertThat(error.path("error").path("message").asString()).isNotEmpty();
      assertThat(error.has("request_id")).isTrue();
    }
  }

  @Test
  void whatProvidersRefuseIsToldInAnthropicsWords() throws Exception {
    record Row(int upstream, int status, String type) {}
    for (Row row :
        List.of(
            new Row(429, 429, "rate_limit_error"),
            new Row(529, 503, "overloaded_error"),
            new Row(500, 503, "overloaded_error"),
            new Row(401, 502, "api_error"),
            new Row(400, 400, "invalid_request_error"))) {
      gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
      claude.usually(
          FakeProvider.raw(
              row.upstream,
              "{\"type\":\"error\",\"error\":{\"type\":\"some_error\",\"message\":\"it said\"}}"));
      var refused = ask("\"model\":\"acme/claude\"," + HELLO);
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(row.status);
      JsonNode error = TestGateway.json(refused);
      assertThat(error.path("error").path("type").asString()).isEqualTo(row.type);
      assertThat(error.path("request_id").asString()).startsWith("gen-");
    }
  }

  @Test
  void aFallbackOfAnotherDialectAnswersWhereTheFirstFails() throws Exception {
    claude.usually(FakeProvider.raw(500, "{}"));
    var stream = ask("\"model\":\"acme/both\",\"stream\":true," + HELLO);
    assertThat(
            Sse.read(stream.body()).getFirst().json().path("message").path("provider").asString())
        .isEqualTo("Open House");
    var named = ask("\"model\":\"acme/claude\",\"fallbacks\":[{\"model\":\"acme/gpt\"}]," + HELLO);
    assertThat(TestGateway.json(named).path("model").asString()).isEqualTo("acme/gpt");
  }

  @Test
  void anErrorInsideAStreamIsAnEventOfItsOwn() throws Exception {
    claude.usually(
        FakeProvider.rawStream(
            STREAM.substring(0, STREAM.indexOf("event: weather_report"))
                + "event: error\n"
                + "data:"
                + " {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"));
    var passed =
        Sse.read(ask("\"model\":\"acme/claude\",\"stream\":true," + HELLO).body()).getLast();
    assertThat(passed.name()).isEqualTo("error");
    assertThat(passed.json().path("error").path("type").asString()).isEqualTo("overloaded_error");
    assertThat(passed.json().path("request_id").asString()).startsWith("gen-");

    openAi.usually(FakeProvider.breaksAfter("some", "words"));
    var converted =
        Sse.read(ask("\"model\":\"acme/gpt\",\"stream\":true," + HELLO).body()).getLast();
    assertThat(converted.name()).isEqualTo("error");
    assertThat(converted.json().path("error").path("type").asString()).isEqualTo("api_error");
  }

  @Test
  void anErrorBeforeTheFirstWordIsAnHttpStatus() throws Exception {
    claude.usually(
        FakeProvider.rawStream(
            "event: error\n"
                + "data:"
                + " {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"));
    var refused = ask("\"model\":\"acme/claude\",\"stream\":true," + HELLO);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("content-type")).hasValue("application/json");
  }

  @Test
  void tokensAreCountedByTheProviderOrHere() throws Exception {
    String body =
        "{\"model\":\"acme/%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hello world\"}],"
            + "\"metadata\":{\"user_id\":\"bob\"},\"max_tokens\":9,\"stream\":true}";
    claude.usually(FakeProvider.raw(200, "{\"input_tokens\":77}"));
    var asked =
        gateway.post("/api/v1/messages/count_tokens", gateway.key(), body.formatted("claude"));
    assertThat(asked.body()).isEqualTo("{\"input_tokens\":77}");
    assertThat(claude.heads().getFirst().path()).isEqualTo("/v1/messages/count_tokens");
    assertThat(claude.requests().getFirst())
        .contains("\"model\":\"claude-up\"")
        .doesNotContain("max_tokens", "stream", "bob");
    var counted = gateway.post("/v1/messages/count_tokens", gateway.key(), body.formatted("gpt"));
    long tokens = TestGateway.json(counted).path("input_tokens").asLong();
    assertThat(tokens).isBetween(2L, 12L);
    assertThat(openAi.requests()).isEmpty();
    claude.usually(FakeProvider.raw(500, "{}"));
    var fallen =
        gateway.post("/api/v1/messages/count_tokens", gateway.key(), body.formatted("claude"));
    assertThat(TestGateway.json(fallen).path("input_tokens").asLong()).isEqualTo(tokens);
    var stranger =
        gateway.post("/api/v1/messages/count_tokens", "sk-or-v1-nobody", body.formatted("gpt"));
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(TestGateway.json(stranger).path("error").path("type").asString())
        .isEqualTo("authentication_error");
  }
}
