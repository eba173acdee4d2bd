package dev.signalbox.gateway.surface;

import static dev.signalbox.gateway.provider.TestGateway.ADMIN;
import static dev.signalbox.gateway.provider.TestGateway.JSON;
import static dev.signalbox.gateway.provider.TestGateway.idOf;
import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/// The contract's assertions C001 to C066, C183 and C186, asked of the running gateway; those that
/// no other class holds.
class AssertionsTest {
  private static final String A = "\"model\":\"acme/alpha\",\"provider\":{\"order\":[\"pa\"]}";
  private static final String ONLY_A = "\"model\":\"acme/alpha\",\"provider\":{\"only\":[\"pa\"]}";
  private static final String STREAM = ",\"stream\":true";
  private static final String TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]";

  @TempDir static Path directory;
  private static FakeProvider first;
  private static FakeProvider second;
  private static FakeProvider third;
  private static FakeProvider claude;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    first = FakeProvider.start();
    second = FakeProvider.start();
    third = FakeProvider.start();
    claude = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: pa, name: Provider A, dialect: openai, base_url: "%s"}
              - {slug: pb, name: Provider B, dialect: openai, base_url: "%s"}
              - {slug: pc, name: Provider C, dialect: openai, base_url: "%s", supports_abort: false}
              - {slug: claude, name: Claude House, dialect: anthropic, base_url: "%s"}
            models:
              - id: acme/alpha
                endpoints:
                  - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000002", request: "0.0001"}}
                  - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}}
              - id: acme/whole
                endpoints: [{provider: pc, pricing: {prompt: "0.000001", completion: "0.000001"}}]
              - id: acme/seeing
                architecture: {input_modalities: [text, image], output_modalities: [text]}
                endpoints: [{provider: pb, pricing: {prompt: "0.000001", completion: "0.000001"}}]
              - id: acme/thinker
                context_length: 200000
                endpoints: [{provider: claude, pricing: {prompt: "0.000001", completion: "0.000001"}}]
            """
                .formatted(first.url(), second.url(), third.url(), claude.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    List.of(first, second, third, claude).forEach(FakeProvider::close);
  }

  @BeforeEach
  void reset() {
    List.of(first, second, third, claude).forEach(FakeProvider::reset);
    gateway.context().getBean(Breakers.class).forget();
  }

  private static HttpResponse<String> chat(String messages, String members) throws Exception {
    return gateway.post(
        "/api/v1/chat/completions",
        gateway.key(),
        "{\"messages\":[" + messages + "]," + members + "}");
  }

  private static JsonNode sent(FakeProvider provider) {
    return JSON.readTree(provider.requests().getLast());
  }

  private static JsonNode generation(String id) throws Exception {
    gateway.row(id);
    var found = gateway.send(gateway.request("/api/v1/generation?id=" + id, gateway.key()).GET());
    assertThat(found.statusCode()).isEqualTo(200);
    return json(found).path("data");
  }

  private static void changeAccount(String members) throws Exception {
    var listed =
        gateway.send(
            HttpRequest.newBuilder(URI.create(gateway.management() + "/admin/v1/accounts"))
                .header("Authorization", "Bearer " + ADMIN));
    String id = json(listed).at("/data/0/id").asString();
    var changed =
        gateway.send(
            HttpRequest.newBuilder(URI.create(gateway.management() + "/admin/v1/accounts/" + id))
                .header("Authorization", "Bearer " + ADMIN)
                .header("Content-Type", "application/json")
                .method("PATCH", BodyPublishers.ofString("{" + members + "}")));
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
  }

  @Test
  void everySurfaceNamesItsGeneration() throws Exception { // C007
    claude.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}],"
                + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"));
    String user = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
    for (var one :
        Map.of(
                "chat/completions",
                "\"model\":\"acme/alpha\"," + user,
                "messages",
                "\"model\":\"acme/thinker\",\"max_tokens\":9," + user,
                "responses",
                "\"model\":\"acme/alpha\",\"input\":\"x\"",
                "completions",
                "\"model\":\"acme/thinker\",\"prompt\":\"x\"")
            .entrySet()) {
      var answer =
          gateway.post("/api/v1/" + one.getKey(), gateway.key(), "{" + one.getValue() + "}");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json(answer).path("id").asString()).isEqualTo(idOf(answer));
    }
  }

  @Test
  void appsNameThemselvesIfTheyLike() throws Exception { // C008
    String body = "{" + A + ",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    var untitled =
        gateway.request("/api/v1/chat/completions", gateway.key()).header("X-Title", "App");
    assertThat(gateway.send(untitled.POST(BodyPublishers.ofString(body))).statusCode())
        .isEqualTo(200);
    var titled =
        gateway
            .request("/api/v1/chat/completions", gateway.key())
            .header("X-OpenRouter-Title", "App")
            .header("HTTP-Referer", "https://app.example");
    var answer = gateway.send(titled.POST(BodyPublishers.ofString(body)));
    assertThat(generation(idOf(answer)).path("http_referer").asString())
        .isEqualTo("https://app.example");
  }

  @Test
  void pagesMayAskFromAnywhereAndAnthropicsClientsWithTheirHeader() throws Exception { // C011, C012
    var preflight =
        HttpRequest.newBuilder(URI.create(gateway.base() + "/api/v1/chat/completions"))
            .header("Origin", "https://page.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,x-title")
            .method("OPTIONS", BodyPublishers.noBody());
    var allowed = gateway.send(preflight);
    assertThat(allowed.statusCode()).isBetween(200, 204);
    assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin")).isPresent();
    assertThat(allowed.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
        .containsIgnoringCase("authorization");
    var fromAPage =
        gateway
            .request("/api/v1/chat/completions", gateway.key())
            .header("Origin", "https://page.example")
            .POST(
                BodyPublishers.ofString(
                    "{" + A + ",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
    var seen = gateway.send(fromAPage);
    assertThat(seen.statusCode()).isEqualTo(200);
    assertThat(seen.headers().firstValue("Access-Control-Allow-Origin")).isPresent();
    assertThat(seen.headers().firstValue("Access-Control-Expose-Headers").orElse(""))
        .containsIgnoringCase("x-generation-id")
        .contains("X-RateLimit-Remaining", "X-OpenRouter-Cache-Status");

    var messages =
        HttpRequest.newBuilder(URI.create(gateway.base() + "/api/v1/messages"))
            .header("x-api-key", gateway.key())
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{"
                        + A
                        + ",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
    assertThat(gateway.send(messages).statusCode()).isEqualTo(200);
  }

  @Test
  void theAccountsModelAnswersWhereNoneIsNamed() throws Exception { // C027
    String unnamed = "\"temperature\":0.5";
    String user = "{\"role\":\"user\",\"content\":\"x\"}";
    assertThat(chat(user, unnamed).statusCode()).isEqualTo(400);
    changeAccount("\"default_model\":\"acme/whole\"");
    try {
      var answer =
          Eventually.seen("an answer", () -> chat(user, unnamed), now -> now.statusCode() == 200);
      assertThat(json(answer).path("model").asString()).isEqualTo("acme/whole");
    } finally {
      changeAccount("\"default_model\":null");
    }
  }

  @Test
  void aBeginningOfTheAnswerAndOnlyTheParametersSentReachTheProvider() throws Exception {
    // C028, C029, C030
    String begun =
        "{\"role\":\"user\",\"content\":\"6 × 7?\"},{\"role\":\"assistant\",\"content\":\"The"
            + " answer is\"}";
    assertThat(chat(begun, A).statusCode()).isEqualTo(200);
    JsonNode last = sent(first).path("messages").path(1);
    assertThat(last.path("role").asString()).isEqualTo("assistant");
    assertThat(last.path("content").asString()).isEqualTo("The answer is");
    for (String absent : List.of("temperature", "top_p", "max_tokens", "seed", "stop", "tools")) {
      assertThat(sent(first).has(absent)).as(absent).isFalse();
    }
    chat(begun, A + ",\"temperature\":1.0");
    assertThat(first.requests().getLast()).contains("\"temperature\":1.0");
    chat(begun, "\"model\":\"acme/thinker\"");
    assertThat(sent(claude).path("messages").path(1).toString()).contains("The answer is");
    assertThat(sent(claude).has("temperature")).isFalse();
  }

  @Test
  void aToolIsCalledAndItsResultTaken() throws Exception { // C033, C034
    first.next(
        FakeProvider.raw(
            200,
            "{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
                + "[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}}]},"
                + "\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}"));
    String user = "{\"role\":\"user\",\"content\":\"x\"}";
    JsonNode choice = json(chat(user, A + TOOLS)).path("choices").path(0);
    assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    JsonNode call = choice.path("message").path("tool_calls").path(0);
    assertThat(call.path("function").path("arguments").isString()).isTrue();
    String result = ",{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"42\"}";
    var told = chat(user + "," + choice.path("message") + result, A + TOOLS);
    assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
    assertThat(json(told).at("/choices/0/message/content").asString()).isEqualTo("Hi there");
    assertThat(sent(first).at("/messages/2/tool_call_id").asString()).isEqualTo("c1");
  }

  @Test
  void hiddenThoughtsAreCountedAndABudgetIsAShareOfTheLimit() throws Exception { // C036, C037
    first.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"42\",\"reasoning\":\"Hm\"},"
                + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9,"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":7}}}"));
    String user = "{\"role\":\"user\",\"content\":\"x\"}";
    JsonNode hidden = json(chat(user, A + ",\"reasoning\":{\"exclude\":true}"));
    assertThat(hidden.at("/choices/0/message").has("reasoning")).isFalse();
    assertThat(hidden.at("/usage/completion_tokens_details/reasoning_tokens").asInt()).isEqualTo(7);
    assertThat(json(chat(user, A)).at("/choices/0/message/reasoning").asString()).isEqualTo("Hm");

    chat(
        user,
        "\"model\":\"acme/thinker\",\"max_tokens\":10000,\"reasoning\":{\"effort\":\"high\"}");
    assertThat(sent(claude).at("/thinking/budget_tokens").asInt()).isEqualTo(8000);
    chat(
        user,
        "\"model\":\"acme/thinker\",\"max_tokens\":2000,\"reasoning\":{\"effort\":\"minimal\"}");
    assertThat(sent(claude).at("/thinking/budget_tokens").asInt()).isEqualTo(1024);
  }

  @Test
  void picturesGoOnlyToWhoCanSee() throws Exception { // C038
    String picture =
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What?\"},{\"type\":\"image_url\",\"image_url\":"
            + "{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]}";
    var blind = chat(picture, "\"model\":\"acme/alpha\"");
    assertThat(blind.statusCode()).isEqualTo(404);
    assertThat(first.requests()).isEmpty();
    var seen = chat(picture, "\"models\":[\"acme/alpha\",\"acme/seeing\"]");
    assertThat(json(seen).path("model").asString()).isEqualTo("acme/seeing");
    assertThat(first.requests()).isEmpty();
  }

  @Test
  void whatTheGatewayKnowsBesidesIsAccepted() throws Exception { // C009, C039
    var saved =
        gateway.post(
            "/api/v1/presets/calm/chat/completions",
            gateway.key(),
            "{\"model\":\"acme/alpha\",\"temperature\":0.3}");
    assertThat(saved.statusCode()).isEqualTo(200);
    var answer =
        chat(
            "{\"role\":\"user\",\"content\":\"x\"}",
            "\"foo\":1,\"preset\":\"calm\",\"plugins\":[{\"id\":\"response-healing\"}],\"trace\":{\"trace_id\":\"t\",\"own\":1},"
                + "\"metadata\":{\"team\":\"blue\"},\"route\":\"fallback\",\"user\":\"jane\"");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    FakeProvider asked = first.requests().isEmpty() ? second : first;
    assertThat(sent(asked).path("temperature").asDouble()).isEqualTo(0.3);
  }

  @Test
  void aPlainAnswerThatBreaksOffIsKeptAsFarAsItCameAndIsFree() throws Exception { // C040
    String said =
        "{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"So"
            + " far \\u00fc";
    FakeProvider.Script cut =
        (_, response) ->
            response
                .header("content-type", "application/json")
                .header("content-length", "5000")
                .send(
                    Flux.just(Unpooled.copiedBuffer(said + "\\u00f", StandardCharsets.UTF_8))
                        .concatWith(
                            Mono.delay(Duration.ofMillis(50))
                                .then(Mono.error(new IllegalStateException("cut")))),
                    _ -> true);
    String error =
        said
            + "\"},\"finish_reason\":\"error\",\"error\":{\"code\":503,\"message\":\"overloaded\"}}],"
            + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}";
    for (FakeProvider.Script script : List.of(cut, FakeProvider.raw(200, error))) {
      gateway.context().getBean(Breakers.class).forget();
      first.usually(script);
      String user = "{\"role\":\"user\",\"content\":\"x\"}";
      var partial = chat(user, ONLY_A);
      assertThat(partial.statusCode()).as(partial.body()).isEqualTo(200);
      JsonNode choice = json(partial).path("choices").path(0);
      assertThat(choice.path("finish_reason").asString()).isEqualTo("error");
      assertThat(choice.at("/message/content").asString()).isEqualTo("So far ü");
      assertThat(choice.at("/error/code").isIntegralNumber()).isTrue();
      assertThat(choice.at("/error/message").isString()).isTrue();
      assertThat(choice.at("/error/metadata/error_type").isString()).isTrue();
      assertThat(json(partial).at("/usage/cost").decimalValue()).isEqualByComparingTo("0");
      assertThat((BigDecimal) gateway.row(idOf(partial)).get("charged")).isEqualByComparingTo("0");
      // Nothing was shown yet: where somebody else can answer, they do.
      assertThat(json(chat(user, A)).path("provider").asString()).isEqualTo("Provider B");
    }
  }

  @Test
  void aSilentProvidersStreamIsKeptOpenBetweenTheEvents() throws Exception { // C055
    first.usually(
        (_, response) ->
            response
                .header("content-type", "text/event-stream")
                .sendString(
                    Mono.delay(Duration.ofSeconds(5))
                        .thenReturn(
                            "data:"
                                + " {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"late\"},\"finish_reason\":\"stop\"}]}\n\n"
                                + "data: [DONE]\n\n")));
    var answer = chat("{\"role\":\"user\",\"content\":\"x\"}", A + STREAM);
    assertThat(answer.body()).startsWith(": OPENROUTER PROCESSING\n\n").contains("late");
    for (String block : answer.body().split("\n\n")) {
      assertThat(block.startsWith("data: ") || block.equals(": OPENROUTER PROCESSING"))
          .as(block)
          .isTrue();
    }
  }

  @Test
  void aFailureBeforeTheFirstTokenIsSeenByNobodyAndOfAllIsAPlainError() throws Exception {
    // C056, C057, C066
    first.usually(FakeProvider.errorFirst());
    String user = "{\"role\":\"user\",\"content\":\"x\"}";
    var saved = chat(user, A + STREAM);
    assertThat(saved.statusCode()).isEqualTo(200);
    for (Sse event : Sse.read(saved.body())) {
      assertThat(event.data().equals("[DONE]") || event.data().contains("Provider B")).isTrue();
    }
    second.usually(FakeProvider.raw(503, "{}"));
    var failed = chat(user, A + STREAM);
    assertThat(failed.statusCode()).isGreaterThanOrEqualTo(500);
    assertThat(failed.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(json(failed).at("/error/code").asInt()).isEqualTo(failed.statusCode());
    var stranger =
        gateway.post(
            "/api/v1/chat/completions",
            "sk-or-v1-nobody",
            "{" + A + STREAM + ",\"messages\":[" + user + "]}");
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(json(stranger).at("/error/code").asInt()).isEqualTo(401);
  }

  @Test
  void aStreamThatEndsInAnErrorsFinishEndsInAnErrorHereToo() throws Exception { // C058
    first.usually(
        FakeProvider.rawStream(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"some\"}}]}\n\n"
                + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}\n\n"
                + "data: [DONE]\n\n"));
    var answer = chat("{\"role\":\"user\",\"content\":\"x\"}", A + STREAM);
    JsonNode last = Sse.read(answer.body()).getLast().json();
    assertThat(last.at("/error/code").isIntegralNumber()).isTrue();
    assertThat(last.at("/error/metadata/error_type").isString()).isTrue();
    assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("error");
    assertThat(second.requests()).isEmpty();
    assertThat((BigDecimal) gateway.row(idOf(answer)).get("charged")).isEqualByComparingTo("0");
  }

  @Test
  void aCallsFragmentsKeepTheirIndex() throws Exception { // C059
    String piece =
        "data:"
            + " {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,%s\"function\":{%s\"arguments\":%s}}]}}]}\n\n";
    first.usually(
        FakeProvider.rawStream(
            piece.formatted("\"id\":\"c1\",\"type\":\"function\",", "\"name\":\"f\",", "\"\"")
                + piece.formatted("", "", "\"{\\\"a\\\":\"")
                + piece.formatted("", "", "\"[1]}\"")
                + "data:"
                + " {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
                + "data: [DONE]\n\n"));
    var answer = chat("{\"role\":\"user\",\"content\":\"x\"}", A + STREAM + TOOLS);
    var arguments = new StringBuilder();
    int named = 0;
    for (Sse event : Sse.read(answer.body())) {
      if (event.data().contains("tool_calls\":[")) {
        JsonNode call = event.json().at("/choices/0/delta/tool_calls/0");
        assertThat(call.path("index").asInt(-1)).isZero();
        named += call.has("id") ? 1 : 0;
        arguments.append(call.at("/function/arguments").asString(""));
      }
    }
    assertThat(named).isEqualTo(1);
    assertThat(JSON.readTree(arguments.toString()).at("/a/0").asInt()).isEqualTo(1);
  }

  @Test
  void whoLeavesPaysForWhatTheProviderMakesOfIt() throws Exception { // C060, C061, C062
    first.usually(FakeProvider.streamsForEver());
    String id = leaveAfterTwoChunks(A + STREAM);
    Eventually.holds("the provider is left", () -> first.aborted() == 1);
    assertThat((BigDecimal) gateway.row(id).get("charged")).isPositive();
    assertThat(generation(id).path("cancelled").asBoolean()).isTrue();

    third.usually(FakeProvider.dripsWords(20));
    String drained = leaveAfterTwoChunks("\"model\":\"acme/whole\"" + STREAM);
    assertThat((BigDecimal) gateway.row(drained).get("charged")).isEqualByComparingTo("0.00003");
    assertThat(third.aborted()).isZero();

    var hasLeft = new CompletableFuture<Void>();
    first.usually(
        (body, response) ->
            Mono.fromFuture(hasLeft)
                .then(Mono.delay(Duration.ofMillis(500)))
                .then(Mono.from(FakeProvider.answers("Hi there").answer(body, response))));
    int before = first.requests().size();
    var impatient =
        gateway
            .request("/api/v1/chat/completions", gateway.key())
            .POST(
                BodyPublishers.ofString(
                    "{"
                        + A
                        + ",\"session_id\":\"left\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
    var answer = gateway.http().sendAsync(impatient.build(), BodyHandlers.ofString());
    Eventually.holds("the provider is asked", () -> first.requests().size() > before);
    answer.cancel(true);
    hasLeft.complete(null);
    Map<String, Object> row =
        gateway.awaited("SELECT * FROM usage_record WHERE session_id = ?", "left");
    assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0.000114");
  }

  private static String leaveAfterTwoChunks(String members) throws Exception {
    HttpResponse<InputStream> stream =
        gateway
            .http()
            .send(
                gateway
                    .request("/api/v1/chat/completions", gateway.key())
                    .POST(
                        BodyPublishers.ofString(
                            "{"
                                + members
                                + ",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"))
                    .build(),
                BodyHandlers.ofInputStream());
    int ends = 0;
    for (int b = 0, before = 0; ends < 2; before = b) {
      b = stream.body().read();
      ends += b == '\n' && before == '\n' ? 1 : 0;
    }
    stream.body().close();
    return idOf(stream);
  }

  @Test
  void aCallersOwnListLeavesOutWhatItsAccountExcludes() throws Exception { // C183
    changeAccount("\"ignored_providers\":[\"pa\",\"pb\",\"pc\"]");
    try {
      Eventually.holds(
          "the list is shorter",
          () -> {
            var own = gateway.send(gateway.request("/api/v1/models/user", gateway.key()).GET());
            return !own.body().contains("acme/alpha") && own.body().contains("acme/thinker");
          });
      assertThat(gateway.get(gateway.base() + "/api/v1/models").body()).contains("acme/alpha");
    } finally {
      changeAccount("\"ignored_providers\":[]");
    }
  }

  @Test
  void listedPricesTimesTokensAreTheCost() throws Exception { // C186, C200
    JsonNode listed =
        json(gateway.get(gateway.base() + "/api/v1/models/acme/alpha/endpoints"))
            .at("/data/endpoints");
    for (JsonNode endpoint : listed) {
      var answer =
          chat(
              "{\"role\":\"user\",\"content\":\"x\"}",
              "\"model\":\"acme/alpha\",\"provider\":{\"only\":[\""
                  + endpoint.path("tag").asString()
                  + "\"]}");
      JsonNode usage = json(answer).path("usage");
      BigDecimal expected =
          price(endpoint, "prompt")
              .multiply(usage.path("prompt_tokens").decimalValue())
              .add(
                  price(endpoint, "completion")
                      .multiply(usage.path("completion_tokens").decimalValue()))
              .add(price(endpoint, "request"));
      assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo(expected);
      JsonNode generation = generation(idOf(answer));
      assertThat(generation.path("total_cost").decimalValue()).isEqualByComparingTo(expected);
      assertThat(generation.at("/provider_responses/0/status").asInt()).isEqualTo(200);
    }
  }

  private static BigDecimal price(JsonNode endpoint, String item) {
    return new BigDecimal(endpoint.at("/pricing/" + item).asString());
  }
}
