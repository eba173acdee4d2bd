package dev.signalbox.gateway.billing;

import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/// Whatever a provider's usage tells, and however, each token is priced once: what the caller is
/// told, what is in the ledger, and counts times prices are one sum.
class CountedOnceTest {
  private static final String PRICES =
      """
      {prompt: "0.000002", completion: "0.000003", request: "0.000005", image: "0.000007",
       image_output: "0.000011", image_token: "0.000013", audio: "0.000017",
       audio_output: "0.000019", input_audio_cache: "0.000023", input_cache_read: "0.000029",
       input_cache_write: "0.000031", input_cache_write_1h: "0.000037",
       internal_reasoning: "0.000041", web_search: "0.000043"}
      """
          .replace("\n", " ");
  private static final Map<String, Integer> MICROS =
      Map.ofEntries(
          Map.entry("prompt", 2),
          Map.entry("completion", 3),
          Map.entry("image", 7),
          Map.entry("image_output", 11),
          Map.entry("image_token", 13),
          Map.entry("audio", 17),
          Map.entry("audio_output", 19),
          Map.entry("audio_cache", 23),
          Map.entry("read", 29),
          Map.entry("write", 31),
          Map.entry("write_1h", 37),
          Map.entry("reasoning", 41),
          Map.entry("search", 43));

  @TempDir static Path directory;

  private static FakeProvider provider;
  private static RunningGateway gateway;
  private static LedgerAtRest ledger;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    Path catalog = directory.resolve("catalog.yaml");
    var providers = new StringBuilder("providers:\n");
    var models = new StringBuilder("models:\n");
    for (String dialect : new String[] {"openai", "anthropic", "gemini", "openai-responses"}) {
      providers.append(
          "  - {slug: %1$s, name: %1$s, dialect: %1$s, base_url: \"%2$s\", api_key: x}\n"
              .formatted(dialect, provider.url()));
      models.append(
          """
            - id: acme/%1$s
              architecture: {input_modalities: [text, image], output_modalities: [text], tokenizer: GPT}
              endpoints: [{provider: %1$s, pricing: %2$s}]
          """
              .formatted(dialect, PRICES));
    }
    models.append(
        """
          - id: acme/tiers
            endpoints:
              - {provider: openai, pricing: {prompt: "0.001", completion: "0", service_tiers: {flex: "0.5"}}}
              - {provider: openai, tag: openai/priority, pricing: {prompt: "0.0025", completion: "0"}}
          - id: acme/gifts:free
            endpoints: [{provider: openai, pricing: {prompt: "0", completion: "0"}}]
          - id: acme/long
            endpoints:
              - provider: openai
                pricing:
                  prompt: "0.000001"
                  completion: "0.000002"
                  discount: "0.1"
                  overrides: [{min_prompt_tokens: 1000, prompt: "0.000004"}]
        """);
    Files.writeString(catalog, providers + models.toString() + "markup: {percent: \"7.5\"}\n");
    DatabaseAddress database = PostgresFixture.migrated();
    ledger = new LedgerAtRest(database);
    gateway =
        new RunningGateway(
            database,
            catalog,
            directory.resolve("data"),
            "--signalbox.free-models.requests-per-minute=0",
            "--signalbox.free-models.requests-per-day=0",
            "--signalbox.free-models.requests-per-day-with-credits=0");
  }

  @AfterAll
  static void stop() throws Exception {
    ledger.addsUp();
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
  }

  private static String openai(String usage) {
    return """
    {"id":"up-1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,
     "message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":%s}
    """
        .formatted(usage);
  }

  private static String anthropic(String usage) {
    return """
    {"id":"msg_1","type":"message","role":"assistant","model":"up","stop_reason":"end_turn",
     "content":[{"type":"text","text":"Hi"}],"usage":%s}
    """
        .formatted(usage);
  }

  private static String gemini(String usage) {
    return """
    {"responseId":"r-1","modelVersion":"up","candidates":[{"index":0,"finishReason":"STOP",
     "content":{"role":"model","parts":[{"text":"Hi"}]}}],"usageMetadata":%s}
    """
        .formatted(usage);
  }

  private static String responses(String usage) {
    return """
    {"id":"resp_1","object":"response","created_at":1,"model":"up","status":"completed",
     "output":[{"type":"message","id":"m","status":"completed","role":"assistant",
     "content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":%s}
    """
        .formatted(usage);
  }

  static Stream<Arguments> usages() {
    return Stream.of(
        Arguments.of(
            "openai",
            openai("{\"prompt_tokens\":10,\"completion_tokens\":4}"),
            "prompt 10 completion 4"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200,
                 "prompt_tokens_details":{"cached_tokens":800,"audio_tokens":50},
                 "completion_tokens_details":{"reasoning_tokens":120,"audio_tokens":30,
                  "accepted_prediction_tokens":0,"rejected_prediction_tokens":9}}
                """),
            "prompt 150 read 800 audio 50 completion 50 reasoning 120 audio_output 30"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":100,"completion_tokens":1,
                 "prompt_tokens_details":{"cached_tokens":50,"audio_tokens":80,
                  "cached_tokens_details":{"audio_tokens":50,"text_tokens":0}}}
                """),
            "prompt 20 audio 30 audio_cache 50 completion 1"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":1000,"completion_tokens":1,
                 "prompt_tokens_details":{"cached_tokens":300,"cache_write_tokens":200}}
                """),
            "prompt 500 read 300 write 200 completion 1"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":1000,"completion_tokens":1,"prompt_cache_hit_tokens":600,
                 "prompt_cache_miss_tokens":400}
                """),
            "prompt 400 read 600 completion 1"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":10,"completion_tokens":5,"total_tokens":40,
                 "completion_tokens_details":{"reasoning_tokens":25}}
                """),
            "prompt 10 completion 5 reasoning 25"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":90,"completion_tokens":120,
                 "prompt_tokens_details":{"image_tokens":40},
                 "completion_tokens_details":{"image_tokens":100}}
                """),
            "prompt 50 image_token 40 completion 20 image_output 100"),
        Arguments.of(
            "openai",
            openai(
                """
                {"prompt_tokens":5,"completion_tokens":5,"num_search_queries":3}
                """),
            "prompt 5 completion 5 search 3"),
        Arguments.of(
            "anthropic",
            anthropic(
                """
                {"input_tokens":10,"output_tokens":40,"cache_read_input_tokens":100,
                 "cache_creation_input_tokens":50,
                 "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
                 "server_tool_use":{"web_search_requests":2}}
                """),
            "prompt 10 read 100 write 20 write_1h 30 completion 40 search 2"),
        Arguments.of(
            "anthropic",
            anthropic(
                """
                {"input_tokens":10,"output_tokens":40,"cache_creation_input_tokens":50,
                 "output_tokens_details":{"thinking_tokens":15}}
                """),
            "prompt 10 write 50 completion 25 reasoning 15"),
        Arguments.of(
            "gemini",
            gemini(
                """
                {"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":20,
                 "thoughtsTokenCount":30,"toolUsePromptTokenCount":5,"totalTokenCount":155}
                """),
            "prompt 45 read 60 completion 20 reasoning 30"),
        Arguments.of(
            "gemini",
            gemini(
                """
                {"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":50,
                 "promptTokensDetails":[{"modality":"TEXT","tokenCount":45},
                   {"modality":"AUDIO","tokenCount":30},{"modality":"IMAGE","tokenCount":25}],
                 "cacheTokensDetails":[{"modality":"TEXT","tokenCount":30},
                   {"modality":"AUDIO","tokenCount":10}],
                 "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":40},
                   {"modality":"TEXT","tokenCount":10}]}
                """),
            "prompt 15 audio 20 image_token 25 read 30 audio_cache 10 completion 10"
                + " image_output 40"),
        Arguments.of(
            "openai-responses",
            responses(
                """
                {"input_tokens":1000,"output_tokens":200,"total_tokens":1200,
                 "input_tokens_details":{"cached_tokens":800},
                 "output_tokens_details":{"reasoning_tokens":120}}
                """),
            "prompt 200 read 800 completion 80 reasoning 120"),
        Arguments.of(
            "openai-responses",
            responses("{\"input_tokens\":10,\"output_tokens\":4}")
                .replace("\"output\":[", "\"output\":[" + SEARCHED),
            "prompt 10 completion 4 search 2"),
        Arguments.of("gemini", grounded("gemini-3-pro-preview"), "prompt 10 completion 4 search 2"),
        Arguments.of("gemini", grounded("gemini-2.5-flash"), "prompt 10 completion 4 search 1"));
  }

  /// Two searches, and a page that was opened.
  private static final String SEARCHED =
      """
      {"type":"web_search_call","id":"ws_1","status":"completed",
       "action":{"type":"search","query":"a"}},
      {"type":"web_search_call","id":"ws_2","status":"completed",
       "action":{"type":"open_page","url":"https://example.com"}},
      {"type":"web_search_call","id":"ws_3","status":"completed"},
      """;

  private static String grounded(String model) {
    return gemini("{\"promptTokenCount\":10,\"candidatesTokenCount\":4}")
        .replace("\"modelVersion\":\"up\"", "\"modelVersion\":\"" + model + "\"")
        .replace(
            "\"finishReason\"",
            "\"groundingMetadata\":{\"webSearchQueries\":[\"a\",\"b\",\"\"]},\"finishReason\"");
  }

  @ParameterizedTest
  @MethodSource("usages")
  void everythingIsPricedOnce(String dialect, String answer, String parts) throws Exception {
    provider.next(FakeProvider.raw(200, answer));
    HttpResponse<String> told =
        gateway.send(gateway.chat("\"model\":\"acme/%s\"".formatted(dialect)));
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    String[] words = parts.split(" ");
    // A price for the request itself.
    long micros = 5;
    for (int i = 0; i < words.length; i += 2) {
      micros += MICROS.get(words[i]) * Long.parseLong(words[i + 1]);
    }
    BigDecimal expected = BigDecimal.valueOf(micros, 6).multiply(new BigDecimal("1.075"));
    assertThat(cost(told)).as(told.body()).isEqualByComparingTo(expected);
    assertThat(charged(told)).isEqualByComparingTo(expected);
  }

  /// Where caller and provider speak Responses alike, the answer is relayed as it is.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void searchesOfARelayedResponseArePriced(boolean stream) throws Exception {
    String response =
        responses("{\"input_tokens\":10,\"output_tokens\":4}")
            .replace("\"output\":[", "\"output\":[" + SEARCHED)
            .replaceAll("\\n *", "");
    provider.next(
        stream
            ? FakeProvider.rawStream(
                "event: response.completed\ndata: {\"type\":\"response.completed\","
                    + "\"sequence_number\":1,\"response\":"
                    + response
                    + "}\n\n")
            : FakeProvider.raw(200, response));
    String body =
        "{\"model\":\"acme/openai-responses\",\"input\":\"hello\",\"stream\":%s}".formatted(stream);
    HttpResponse<String> told = gateway.call("POST", "/api/v1/responses", gateway.key, body);
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    String id = told.body().replaceAll("(?s).*\"id\":\"(gen-[^\"]+)\".*", "$1");
    assertThat(row(id, "web_searches")).as(told.body()).isEqualTo("2");
    // (5 + 10 × 2 + 4 × 3 + 2 × 43) × 1.075
    assertThat(new BigDecimal(row(id, "charged"))).isEqualByComparingTo("0.000132225");
  }

  private static BigDecimal cost(HttpResponse<String> told) {
    return json(told).at("/usage/cost").decimalValue();
  }

  private static BigDecimal charged(HttpResponse<String> told) throws Exception {
    return new BigDecimal(row(json(told).path("id").asString(), "charged"));
  }

  /// Returns a column of a generation's record, once it is there.
  private static String row(String id, String column) throws Exception {
    String sql = "SELECT %s FROM usage_record WHERE id = '%s'".formatted(column, id);
    return awaited(() -> query(sql));
  }

  private static String query(String sql) {
    try {
      return ledger.query(sql);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String awaited(Supplier<String> query) throws Exception {
    return Eventually.seen("a record", query::get, found -> !found.equals("none"));
  }

  @Test
  void imagesOfAPromptAreCounted() throws Exception {
    provider.next(FakeProvider.raw(200, openai("{\"prompt_tokens\":10,\"completion_tokens\":1}")));
    String image =
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}";
    HttpResponse<String> told =
        gateway.call(
            "POST",
            "/api/v1/chat/completions",
            gateway.key,
            "{\"model\":\"acme/openai\",\"messages\":[{\"role\":\"user\",\"content\":[%s,%s]}]}"
                .formatted(image, image));
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    // 10 × 2 + 3 + 5 + 2 × 7
    assertThat(cost(told)).isEqualByComparingTo("0.00004515");
    assertThat(row(json(told).path("id").asString(), "images")).isEqualTo("2");
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.CsvSource({
    // asked, said by the provider, prompt price
    "      ,          , 0.001 ",
    "      , default  , 0.001 ",
    "      , flex     , 0.0005",
    "      , priority , 0.0025",
    "      , scale    , 0.001 ",
    "priority, priority, 0.0025",
    "priority, default , 0.001 ",
    "priority,         , 0.0025"
  })
  void theTierThatWasServedIsBilled(String asked, String served, BigDecimal price)
      throws Exception {
    String tier = served == null ? "" : ",\"service_tier\":\"%s\"".formatted(served);
    String answer = openai("{\"prompt_tokens\":10,\"completion_tokens\":1}").strip();
    provider.next(FakeProvider.raw(200, answer.substring(0, answer.length() - 1) + tier + "}"));
    HttpResponse<String> told =
        gateway.send(
            gateway.chat(
                "\"model\":\"acme/tiers\""
                    + (asked == null ? "" : ",\"service_tier\":\"%s\"".formatted(asked))));
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    BigDecimal expected = price.multiply(new BigDecimal("10.75"));
    assertThat(cost(told)).as(told.body()).isEqualByComparingTo(expected);
    assertThat(charged(told)).isEqualByComparingTo(expected);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.CsvSource({"1000, 0.0009", "1001, 0.0036036"})
  void aLongPromptHasItsOwnPrice(long tokens, BigDecimal upstream) throws Exception {
    provider.next(
        FakeProvider.raw(
            200, openai("{\"prompt_tokens\":%d,\"completion_tokens\":0}".formatted(tokens))));
    HttpResponse<String> told = gateway.send(gateway.chat("\"model\":\"acme/long\""));
    assertThat(cost(told)).isEqualByComparingTo(upstream.multiply(new BigDecimal("1.075")));
    assertThat(charged(told)).isEqualByComparingTo(cost(told));
  }

  @Test
  void aFreeVariantCostsNothingAndIsRecorded() throws Exception {
    provider.next(FakeProvider.raw(200, openai("{\"prompt_tokens\":10,\"completion_tokens\":1}")));
    HttpResponse<String> told = gateway.send(gateway.chat("\"model\":\"acme/gifts:free\""));
    assertThat(cost(told)).isZero();
    assertThat(charged(told)).isZero();
    assertThat(row(json(told).path("id").asString(), "fresh_prompt_tokens")).isEqualTo("10");
  }

  /// Contract, C213: a debt stands against what costs nothing too.
  @Test
  void whoeverIsInDebtGetsNothingForFree() throws Exception {
    String account =
        json(gateway.admin("POST", "/accounts", "{\"name\":\"poor\"}")).at("/data/id").asString();
    String key =
        json(gateway.admin("POST", "/accounts/" + account + "/keys", "{\"name\":\"k\"}"))
            .path("key")
            .asString();
    String free = "\"model\":\"acme/gifts:free\"";
    assertThat(gateway.send(gateway.chat(key, free)).statusCode()).isEqualTo(200);
    assertThat(gateway.send(gateway.chat(key, "\"model\":\"acme/openai\"")).statusCode())
        .isEqualTo(402);
    grant(account, -1);
    // What the gateway knows of a balance is some seconds old at most.
    HttpResponse<String> refused =
        Eventually.seen(
            "a refusal",
            () -> gateway.send(gateway.chat(key, free)),
            answer -> answer.statusCode() != 200);
    assertThat(refused.statusCode()).isEqualTo(402);
    assertThat(json(refused).at("/error/metadata/error_type").asString())
        .isEqualTo("payment_required");
    grant(account, 2);
    assertThat(gateway.send(gateway.chat(key, free)).statusCode()).isEqualTo(200);
    assertThat(gateway.send(gateway.chat(key, "\"model\":\"acme/openai\"")).statusCode())
        .isEqualTo(200);
  }

  private static void grant(String account, int usd) {
    PostgresFixture.execute(
        ledger.database(),
        "INSERT INTO credit_grant (account_id, usd, reason, actor) VALUES ('%s', %d, 'test', 'test')"
            .formatted(account, usd));
  }

  @Test
  void anAnswerWithoutATokenAndAReasonIsFreeThoughItsProviderIsPaid() throws Exception {
    provider.next(
        FakeProvider.raw(
            200,
            openai("{\"prompt_tokens\":10,\"completion_tokens\":0}")
                .replace("\"finish_reason\":\"stop\"", "\"finish_reason\":null")
                .replace("\"content\":\"Hi\"", "\"content\":\"\"")));
    HttpResponse<String> told = gateway.send(gateway.chat("\"model\":\"acme/openai\""));
    if (told.statusCode() == 200) {
      assertThat(cost(told)).isZero();
    }
    String id = told.headers().firstValue("X-Generation-Id").orElseThrow();
    assertThat(new BigDecimal(row(id, "charged"))).isZero();
    assertThat(new BigDecimal(row(id, "upstream_prompt_cost + attempts_cost"))).isPositive();
  }

  @Test
  void whatFailedAttemptsCostIsRecordedAndNotCharged() throws Exception {
    provider.next(
        FakeProvider.raw(
            200,
            "{\"error\":{\"message\":\"overloaded\",\"code\":502},"
                + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}}"));
    provider.usually(FakeProvider.raw(500, "{\"error\":{\"message\":\"no\"}}"));
    HttpResponse<String> told = gateway.send(gateway.chat("\"model\":\"acme/openai\""));
    assertThat(told.statusCode()).isGreaterThanOrEqualTo(500);
    String id = told.headers().firstValue("X-Generation-Id").orElseThrow();
    // 10 × 2 + 2 × 3 + 5
    assertThat(new BigDecimal(row(id, "attempts_cost"))).isEqualByComparingTo("0.000031");
    assertThat(new BigDecimal(row(id, "charged"))).isZero();
    JsonNode generation =
        json(gateway.call("GET", "/api/v1/generation?id=" + id, gateway.key, null)).path("data");
    assertThat(generation.path("total_cost").decimalValue()).isZero();
    assertThat(generation.path("provider_responses").get(0).path("status").asInt()).isEqualTo(200);
  }

  /// Contract, sections 2.2 and 3.1: the id that came with the answer is known, whatever came of
  /// it.
  @Test
  void whatNoProviderAnsweredIsRecordedWithEachAttempt() throws Exception {
    for (boolean stream : new boolean[] {false, true}) {
      provider.usually(FakeProvider.raw(500, "{\"error\":{\"message\":\"no\"}}"));
      HttpResponse<String> told =
          gateway.send(gateway.chat("\"model\":\"acme/tiers\",\"stream\":" + stream));
      assertThat(told.statusCode()).isGreaterThanOrEqualTo(500);
      String id = told.headers().firstValue("X-Generation-Id").orElseThrow();
      JsonNode generation =
          json(gateway.call("GET", "/api/v1/generation?id=" + id, gateway.key, null)).path("data");
      assertThat(generation.path("total_cost").decimalValue()).isZero();
      assertThat(generation.path("finish_reason").asString()).isEqualTo("error");
      assertThat(generation.path("streamed").asBoolean()).isEqualTo(stream);
      assertThat(generation.path("provider_responses"))
          .hasSize(2)
          .allSatisfy(attempt -> assertThat(attempt.path("status").asInt()).isEqualTo(500));
      assertThat(new BigDecimal(row(id, "charged + attempts_cost"))).isZero();
    }
  }

  @Test
  void aFeeIsNotMistakenForAPrompt() throws Exception {
    String account =
        json(gateway.admin("POST", "/accounts", "{\"name\":\"rich\",\"unlimited\":true}"))
            .at("/data/id")
            .asString();
    String key =
        json(gateway.admin(
                "POST", "/accounts/" + account + "/keys", "{\"name\":\"k\",\"limit\":0.000006}"))
            .path("key")
            .asString();
    HttpResponse<String> told = gateway.send(gateway.chat(key, "\"model\":\"acme/openai\""));
    assertThat(told.statusCode()).isEqualTo(402);
    // The fee of a request and its markup, 0.000005375, leave nothing for a prompt token.
    assertThat(told.body()).containsPattern("Prompt tokens limit exceeded: [0-9]+ > 0\\.");
  }

  @Test
  void whoLeavesBeforeTheFirstTokenPaysNothingAndTheCallIsRecorded() throws Exception {
    provider.usually((_, _) -> Mono.delay(Duration.ofMinutes(5)).then());
    var answer =
        gateway.http.sendAsync(
            gateway.chat("\"model\":\"acme/openai\",\"stream\":true,\"user\":\"who-leaves\""),
            java.net.http.HttpResponse.BodyHandlers.ofString());
    while (provider.requests().isEmpty()) {
      Thread.sleep(5);
    }
    answer.cancel(true);
    String where = " FROM usage_record WHERE external_user = 'who-leaves' AND cancelled AND waived";
    String cost = awaited(() -> query("SELECT upstream_prompt_cost" + where));
    assertThat(new BigDecimal(cost)).isPositive();
    assertThat(new BigDecimal(query("SELECT charged" + where))).isZero();
  }
}
