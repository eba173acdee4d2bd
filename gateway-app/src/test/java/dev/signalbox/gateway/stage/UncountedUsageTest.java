package dev.signalbox.gateway.stage;

import static dev.signalbox.gateway.provider.TestGateway.idOf;
import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Providers that send no usage, or one that nobody can believe.
class UncountedUsageTest {
  @TempDir static Path directory;

  private static FakeProvider provider;
  private static FakeProvider claude;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    claude = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: forgetful, name: Forgetful, dialect: openai, base_url: "%s"}
              - {slug: claude, name: Claude, dialect: anthropic, base_url: "%s"}
              - {slug: replies, name: Replies, dialect: openai-responses, base_url: "%s"}
            models:
              - id: acme/alpha
                context_length: 2000000
                architecture: {input_modalities: [text], output_modalities: [text], tokenizer: cl100k_base}
                endpoints: [{provider: forgetful, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: acme/claude
                architecture: {input_modalities: [text], output_modalities: [text], tokenizer: cl100k_base}
                endpoints: [{provider: claude, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: acme/replies
                architecture: {input_modalities: [text], output_modalities: [text], tokenizer: cl100k_base}
                endpoints: [{provider: replies, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: acme/vectors
                architecture: {input_modalities: [text], output_modalities: [embeddings], tokenizer: cl100k_base}
                endpoints: [{provider: forgetful, pricing: {prompt: "0.000001", completion: "0"}}]
            """
                .formatted(provider.url(), claude.url(), provider.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
    claude.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
    claude.reset();
  }

  private static String answer(String usage) {
    return "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
        + "\"tiktoken is great!\"},\"finish_reason\":\"stop\"}]"
        + usage
        + "}";
  }

  private static Map<String, Object> asked(String members) throws Exception {
    var response = gateway.chat(members);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return gateway.row(idOf(response));
  }

  /// The prompt is `hello`: one token, and four for the message.
  private static void isOurCount(Map<String, Object> row) {
    assertThat(row.get("estimated")).isEqualTo(true);
    assertThat(row.get("fresh_prompt_tokens")).isEqualTo(5L);
    assertThat(row.get("visible_tokens")).isEqualTo(6L);
    assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0.000017");
  }

  @Test
  void missingUsageIsCountedByTheModelsTokenizer() throws Exception {
    for (String usage : new String[] {"", ",\"usage\":null", ",\"usage\":{}"}) {
      provider.next(FakeProvider.raw(200, answer(usage)));
      isOurCount(asked("\"model\":\"acme/alpha\""));
    }
  }

  @Test
  void theCallerIsToldTheSameCount() throws Exception {
    provider.next(FakeProvider.raw(200, answer("")));
    var usage = json(gateway.chat("\"model\":\"acme/alpha\"")).path("usage");
    assertThat(usage.path("prompt_tokens").asInt()).isEqualTo(5);
    assertThat(usage.path("completion_tokens").asInt()).isEqualTo(6);
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.000017");
  }

  @Test
  void absurdUsageIsNotBelieved() throws Exception {
    for (String count :
        new String[] {"-1", "\"7\"", "1.5", "9007199254740993", "1e309", "[]", "{}", "true"}) {
      for (String usage :
          new String[] {
            ",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":" + count + "}",
            ",\"usage\":{\"prompt_tokens\":" + count + ",\"completion_tokens\":6}"
          }) {
        provider.next(FakeProvider.raw(200, answer(usage)));
        isOurCount(asked("\"model\":\"acme/alpha\""));
      }
    }
    for (String usage : new String[] {"7", "\"many\"", "[1]"}) {
      provider.next(FakeProvider.raw(200, answer(",\"usage\":" + usage)));
      isOurCount(asked("\"model\":\"acme/alpha\""));
    }
    assertThat(gateway.get(gateway.management() + "/actuator/prometheus").body())
        .containsPattern("signalbox_usage_counted_total\\{.*reason=\"absurd\".*} \\d");
  }

  @Test
  void moreThanWasAskedForIsNotBelieved() throws Exception {
    provider.next(
        FakeProvider.raw(
            200, answer(",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1000000}")));
    isOurCount(asked("\"model\":\"acme/alpha\",\"max_tokens\":50"));
  }

  @Test
  void moreThanAModelHoldsIsNotBelieved() throws Exception {
    for (String usage :
        new String[] {
          "\"prompt_tokens\":1000000000,\"completion_tokens\":6",
          "\"prompt_tokens\":5,\"completion_tokens\":1000000000",
          "\"prompt_tokens\":5,\"completion_tokens\":6,"
              + "\"server_tool_use\":{\"web_search_requests\":1000000000}"
        }) {
      provider.next(FakeProvider.raw(200, answer(",\"usage\":{" + usage + "}")));
      isOurCount(asked("\"model\":\"acme/alpha\""));
    }
  }

  private static final String MESSAGE =
      "{\"id\":\"msg\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":%s,"
          + "\"stop_reason\":%s,\"usage\":%s}";
  private static final String TEXT = "[{\"type\":\"text\",\"text\":\"tiktoken is great!\"}]";

  private static String messageEvents(String usage) {
    return """
    event: message_start
    data: {"type":"message_start","message":%s}

    event: content_block_start
    data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

    event: content_block_delta
    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"tiktoken is great!"}}

    event: content_block_stop
    data: {"type":"content_block_stop","index":0}

    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":%s}

    event: message_stop
    data: {"type":"message_stop"}

    """
        .formatted(MESSAGE.formatted("[]", "null", usage), usage);
  }

  private static String response(String usage) {
    return "{\"id\":\"resp\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\","
        + "\"model\":\"g\",\"output\":[{\"type\":\"message\",\"id\":\"m\",\"role\":\"assistant\","
        + "\"status\":\"completed\",\"content\":[{\"type\":\"output_text\","
        + "\"text\":\"tiktoken is great!\",\"annotations\":[]}]}]"
        + (usage.isEmpty() ? "" : ",\"usage\":" + usage)
        + "}";
  }

  private static String responseEvents(String usage) {
    return """
    event: response.output_text.delta
    data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":"tiktoken is great!"}

    event: response.completed
    data: {"type":"response.completed","sequence_number":2,"response":%s}

    """
        .formatted(response(usage));
  }

  /// Asks for an answer that goes through in its provider's own format.
  private static java.net.http.HttpResponse<String> own(
      String path, String model, String input, boolean stream, String usage) throws Exception {
    boolean message = path.equals("/messages");
    FakeProvider asked = message ? claude : provider;
    if (stream) {
      asked.next(streams(message ? messageEvents(usage) : responseEvents(usage)));
    } else {
      asked.next(
          FakeProvider.raw(
              200, message ? MESSAGE.formatted(TEXT, "\"end_turn\"", usage) : response(usage)));
    }
    var told =
        gateway.post(
            "/api/v1" + path,
            gateway.key(),
            "{\"model\":\"%s\",\"stream\":%b,%s}".formatted(model, stream, input));
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    return told;
  }

  private static java.net.http.HttpResponse<String> message(boolean stream, String usage)
      throws Exception {
    return own(
        "/messages",
        "acme/claude",
        "\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]",
        stream,
        usage);
  }

  private static java.net.http.HttpResponse<String> reply(boolean stream, String usage)
      throws Exception {
    return own(
        "/responses",
        "acme/replies",
        "\"max_output_tokens\":100,\"input\":[{\"role\":\"user\",\"content\":\"hello\"}]",
        stream,
        usage);
  }

  private static void isOurCountAndTold(java.net.http.HttpResponse<String> told) throws Exception {
    isOurCount(gateway.row(idOf(told)));
    assertThat(told.body())
        .contains("\"input_tokens\":5,")
        .contains("\"output_tokens\":6,")
        .contains("\"cost\":0.000017");
  }

  @Test
  void absurdUsageInAProvidersOwnFormatIsNotBelievedEither() throws Exception {
    for (String count :
        new String[] {"-1", "\"7\"", "1.5", "9007199254740993", "1e309", "true", "1000000"}) {
      for (boolean stream : new boolean[] {false, true}) {
        String usage = "{\"input_tokens\":5,\"output_tokens\":" + count + "}";
        isOurCountAndTold(message(stream, usage));
        isOurCountAndTold(reply(stream, usage));
        usage = "{\"input_tokens\":" + count + ",\"output_tokens\":6}";
        isOurCountAndTold(message(stream, usage));
        isOurCountAndTold(reply(stream, usage));
      }
    }
  }

  @Test
  void aResponseWithoutUsageIsCounted() throws Exception {
    isOurCountAndTold(reply(false, ""));
    isOurCountAndTold(reply(true, ""));
  }

  @Test
  void whatAProviderSaysOfItsOwnPricesIsNotTold() throws Exception {
    String usage =
        "{\"input_tokens\":5,\"output_tokens\":6,\"cost\":99,\"is_byok\":true,"
            + "\"cost_details\":{\"upstream_inference_cost\":99},\"speed\":\"standard\"}";
    for (boolean stream : new boolean[] {false, true}) {
      for (var told : java.util.List.of(message(stream, usage), reply(stream, usage))) {
        assertThat(told.body())
            .contains("\"cost\":0.000017")
            .contains("\"is_byok\":false")
            .contains("\"speed\":\"standard\"")
            .doesNotContain("\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":99");
        var row = gateway.row(idOf(told));
        assertThat(row.get("estimated")).isEqualTo(false);
        assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0.000017");
      }
    }
  }

  @Test
  void aUsageOfZeroIsBelieved() throws Exception {
    provider.next(
        FakeProvider.raw(200, answer(",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}")));
    var row = asked("\"model\":\"acme/alpha\"");
    assertThat(row.get("estimated")).isEqualTo(false);
    assertThat(row.get("visible_tokens")).isEqualTo(0L);
    assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0");
  }

  private static String event(String delta, String reason) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n"
        .formatted(delta, reason);
  }

  private static FakeProvider.Script streams(String... events) {
    return (_, response) ->
        response
            .header("content-type", "text/event-stream")
            .sendString(reactor.core.publisher.Flux.fromArray(events));
  }

  @Test
  void aStreamWithoutUsageIsCountedWordsThoughtsAndCalls() throws Exception {
    provider.next(
        streams(
            event("{\"reasoning_content\":\"tiktoken is\"}", "null"),
            event("{\"reasoning_content\":\" great!\"}", "null"),
            event("{\"content\":\"tiktoken is\"}", "null"),
            event("{\"content\":\" great!\"}", "null"),
            event(
                "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":"
                    + "{\"name\":\"find\",\"arguments\":\"{\\\"a\\\"\"}}]}",
                "null"),
            event("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}", "null"),
            event("{}", "\"tool_calls\""),
            "data: [DONE]\n\n"));
    var row = asked("\"model\":\"acme/alpha\",\"stream\":true");
    assertThat(row.get("estimated")).isEqualTo(true);
    assertThat(row.get("reasoning_tokens")).isEqualTo(6L);
    // "tiktoken is great!" and the call's name and arguments.
    assertThat((Long) row.get("visible_tokens")).isBetween(6L + 5, 6L + 9);
  }

  @Test
  void aConvertedAnswerWithoutUsageIsCountedToo() throws Exception {
    claude.next(
        FakeProvider.raw(
            200,
            "{\"id\":\"msg\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":"
                + "\"text\",\"text\":\"tiktoken is great!\"}],\"stop_reason\":\"end_turn\"}"));
    isOurCount(asked("\"model\":\"acme/claude\",\"max_tokens\":100"));
  }

  @Test
  void absurdUsageOfAConvertedAnswerIsNotBelievedEither() throws Exception {
    for (String count : new String[] {"-1", "\"7\"", "1.5", "9007199254740993", "1e309", "true"}) {
      claude.next(
          FakeProvider.raw(
              200,
              "{\"id\":\"msg\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":"
                  + "\"text\",\"text\":\"tiktoken is great!\"}],\"stop_reason\":\"end_turn\","
                  + "\"usage\":{\"input_tokens\":5,\"output_tokens\":"
                  + count
                  + "}}"));
      isOurCount(asked("\"model\":\"acme/claude\",\"max_tokens\":100"));
    }
  }

  @Test
  void embeddingsWithoutUsageCountTheirInput() throws Exception {
    provider.next(FakeProvider.raw(200, "{\"data\":[{\"index\":0,\"embedding\":[0.5]}]}"));
    var response =
        gateway.post(
            "/api/v1/embeddings",
            gateway.key(),
            "{\"model\":\"acme/vectors\",\"input\":[\"tiktoken is great!\",\"hello\"]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var row = gateway.row(idOf(response));
    assertThat(row.get("estimated")).isEqualTo(true);
    assertThat(row.get("fresh_prompt_tokens")).isEqualTo(7L);
  }

  @Test
  void ofAMegabyteOfPromptAndAnswerTheBeginningIsCounted() throws Exception {
    String words = "lorem ipsum dolor ".repeat(60_000);
    String body = answer("").replace("tiktoken is great!", words);
    provider.usually(
        (asked, response) ->
            FakeProvider.raw(
                    200,
                    asked.contains("\"seed\":1")
                        ? body
                        : answer(",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}"))
                .answer(asked, response));
    var long_ =
        java.util.stream.IntStream.range(0, 8)
            .mapToObj(
                _ ->
                    gateway
                        .http()
                        .sendAsync(
                            gateway
                                .request("/api/v1/chat/completions", gateway.key())
                                .POST(
                                    java.net.http.HttpRequest.BodyPublishers.ofString(
                                        "{\"model\":\"acme/alpha\",\"seed\":1,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                                            .formatted(words)))
                                .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString()))
            .toList();
    for (int i = 0; i < 20; i++) {
      assertThat(gateway.chat("\"model\":\"acme/alpha\"").statusCode()).isEqualTo(200);
    }
    for (var one : long_) {
      var row = gateway.row(idOf(one.get(90, TimeUnit.SECONDS)));
      assertThat(row.get("estimated")).isEqualTo(true);
      // Three words and a bit for each repetition.
      assertThat((Long) row.get("visible_tokens")).isBetween(180_000L, 360_000L);
    }
  }
}
