package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import dev.signalbox.gateway.provider.FakeProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole gateway, on real sockets, between a real HTTP client, providers that do as they are
/// told, and a real PostgreSQL.
class GatewayTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ADMIN = "an-operator-key-for-tests-only";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path directory;

  private static FakeProvider cheap;
  private static FakeProvider dear;
  private static FakeProvider spare;
  private static FakeProvider doomed;
  private static DatabaseAddress database;
  private static ConfigurableApplicationContext gateway;
  private static String base;
  private static String key;

  @BeforeAll
  static void start() throws Exception {
    cheap = FakeProvider.start();
    dear = FakeProvider.start();
    spare = FakeProvider.start();
    doomed = FakeProvider.start();
    database = PostgresFixture.migrated();
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: cheap, name: Cheap, dialect: openai, base_url: "%s", api_key: secret-cheap, data_policy: {training: true}}
          - {slug: dear, name: Dear, dialect: openai, base_url: "%s", api_key: secret-dear}
          - {slug: spare, name: Spare, dialect: openai, base_url: "%s"}
          - {slug: doomed, name: Doomed, dialect: openai, base_url: "%s"}
          - {slug: slow, name: Slow, dialect: openai, base_url: "%s", timeouts: {first_byte_ms: 300}}
          - {slug: gone, name: Gone, dialect: openai, base_url: "http://127.0.0.1:1/v1"}
        models:
          - id: acme/alpha
            context_length: 32000
            endpoints:
              - {provider: cheap, upstream_model: alpha-up, pricing: {prompt: "0.000001", completion: "0.000002"}}
              - {provider: dear, pricing: {prompt: "0.000002", completion: "0.000004"}}
          - id: acme/beta
            endpoints:
              - {provider: spare, pricing: {prompt: "0.0000001", completion: "0.0000003"}}
          - id: acme/crowd
            endpoints:
              - {provider: doomed, pricing: {prompt: "0.000001", completion: "0.000001"}}
              - {provider: dear, pricing: {prompt: "0.000002", completion: "0.000002"}}
              - {provider: spare, pricing: {prompt: "0.000003", completion: "0.000003"}}
          - id: acme/slow
            endpoints:
              - {provider: slow, pricing: {prompt: "0", completion: "0"}}
              - {provider: dear, pricing: {prompt: "0.000002", completion: "0.000004"}}
          - id: acme/gone
            endpoints:
              - {provider: gone, pricing: {prompt: "0", completion: "0"}}
        markup: {percent: "5.5"}
        """
            .formatted(cheap.url(), dear.url(), spare.url(), doomed.url(), cheap.url()));
    gateway =
        new SpringApplicationBuilder(SignalboxApplication.class)
            .run(
                "--server.port=0",
                "--management.server.port=0",
                "--signalbox.database-url=" + PostgresFixture.url(database),
                "--signalbox.data=" + directory.resolve("data"),
                "--signalbox.catalog=" + catalog,
                "--signalbox.admin-key=" + ADMIN,
                "--signalbox.drain.grace=2s");
    base = "http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port");
    key = makeKey("{\"name\":\"test\"}");
  }

  private static String makeKey(String body) throws Exception {
    HttpResponse<String> made = post("/api/v1/keys", ADMIN, body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return JSON.readTree(made.body()).path("key").asString();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    cheap.close();
    dear.close();
    spare.close();
    doomed.close();
  }

  @BeforeEach
  void reset() {
    cheap.reset();
    dear.reset();
    spare.reset();
    var breakers = gateway.getBean(dev.signalbox.gateway.health.Breakers.class);
    breakers.forget();
  }

  private static HttpResponse<String> post(String path, String secret, String body)
      throws Exception {
    return HTTP.send(request(path, secret, body), BodyHandlers.ofString());
  }

  private static HttpRequest request(String path, String secret, String body) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Authorization", "Bearer " + secret)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private static HttpResponse<String> chat(String members) throws Exception {
    return post("/api/v1/chat/completions", key, body(members));
  }

  private static String body(String members) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}";
  }

  private static final String PREFER_CHEAP =
      "\"model\":\"acme/alpha\",\"provider\":{\"order\":[\"cheap\",\"dear\"]}";

  private static BigDecimal charged(String id) throws Exception {
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var select = connection.prepareStatement("SELECT charged FROM usage_record WHERE id = ?")) {
      select.setString(1, id);
      return Eventually.seen(
              "a record of " + id,
              () -> {
                var rows = select.executeQuery();
                return rows.next()
                    ? Optional.of(rows.getBigDecimal(1))
                    : Optional.<BigDecimal>empty();
              },
              Optional::isPresent)
          .orElseThrow();
    }
  }

  @Test
  void anAnswerIsOursAndItsCostIsInTheLedgerToTheLastDigit() throws Exception {
    var response =
        chat("\"model\":\"acme/alpha\",\"provider\":{\"only\":[\"cheap\"]},\"x_new\":{\"a\":1}");
    JsonNode answer = JSON.readTree(response.body());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(answer.path("model").asString()).isEqualTo("acme/alpha");
    assertThat(answer.path("provider").asString()).isEqualTo("Cheap");
    assertThat(answer.has("system_fingerprint")).isTrue();
    assertThat(response.headers().firstValue("X-Generation-Id"))
        .contains(answer.path("id").asString());
    // (10 × 0.000001 + 2 × 0.000002) × 1.055
    BigDecimal cost = new BigDecimal("0.00001477");
    assertThat(answer.path("usage").path("cost").decimalValue()).isEqualByComparingTo(cost);
    assertThat(charged(answer.path("id").asString())).isEqualByComparingTo(cost);
    JsonNode sent = JSON.readTree(cheap.requests().getFirst());
    assertThat(sent.path("model").asString()).isEqualTo("alpha-up");
    assertThat(sent.path("x_new").path("a").asInt()).isEqualTo(1);
    assertThat(sent.has("provider")).isFalse();
  }

  @Test
  void textThatNoDatabaseStoresDoesNotHoldUpTheLedger() throws Exception {
    var response = chat(PREFER_CHEAP + ",\"session_id\":\"a\\u0000b\",\"user\":\"\\ud800\"");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    charged(JSON.readTree(response.body()).path("id").asString());
    var unknown =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(base + "/api/v1/generation?id=gen-%00"))
                .header("Authorization", "Bearer " + key)
                .build(),
            BodyHandlers.ofString());
    assertThat(unknown.statusCode()).as(unknown.body()).isEqualTo(404);
  }

  @Test
  void everyKindOfFailureBeforeTheFirstTokenFallsBack() throws Exception {
    for (FakeProvider.Script failure :
        new FakeProvider.Script[] {
          FakeProvider.raw(503, "busy"),
          FakeProvider.raw(500, "{\"error\":{}}"),
          FakeProvider.raw(401, "{\"error\":{\"message\":\"bad key secret-cheap\"}}"),
          FakeProvider.rateLimits(1),
          FakeProvider.raw(200, "<html>"),
          FakeProvider.raw(200, "{\"error\":{\"message\":\"x\",\"code\":500}}"),
          FakeProvider.raw(302, "")
        }) {
      reset();
      cheap.next(failure);
      var response = chat(PREFER_CHEAP);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(JSON.readTree(response.body()).path("provider").asString()).isEqualTo("Dear");
      assertThat(cheap.requests()).hasSize(1);
    }
    for (FakeProvider.Script failure :
        new FakeProvider.Script[] {FakeProvider.errorFirst(), FakeProvider.raw(529, "x")}) {
      reset();
      cheap.next(failure);
      var response = chat(PREFER_CHEAP + ",\"stream\":true");
      assertThat(response.body()).contains("\"provider\":\"Dear\"").endsWith("data: [DONE]\n\n");
      assertThat(response.body()).doesNotContain("Cheap").doesNotContain("error\":{");
    }
  }

  @Test
  void theNextModelAnswersWhenAllOfTheFirstFail() throws Exception {
    cheap.usually(FakeProvider.raw(500, "x"));
    dear.usually(FakeProvider.raw(500, "x"));
    var response = chat("\"models\":[\"acme/alpha\",\"acme/beta\"]");
    JsonNode answer = JSON.readTree(response.body());
    assertThat(answer.path("model").asString()).as(response.body()).isEqualTo("acme/beta");
    // (10 × 0.0000001 + 2 × 0.0000003) × 1.055
    assertThat(answer.path("usage").path("cost").decimalValue())
        .isEqualByComparingTo("0.000001688");
  }

  @Test
  void whenAllFailTheErrorSaysSoInTheContractsWords() throws Exception {
    cheap.usually(FakeProvider.raw(500, "{\"error\":{\"message\":\"stack trace\"}}"));
    dear.usually(FakeProvider.raw(503, "x"));
    var response = chat(PREFER_CHEAP);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(error.path("code").asInt()).isEqualTo(503);
    assertThat(error.path("availability").path("code").asString())
        .isEqualTo("temporarily_unavailable");
    assertThat(error.path("metadata").path("previous_errors")).hasSize(2);
    assertThat(response.body()).doesNotContain("stack trace");
  }

  @Test
  void whenAllAreRateLimitedTheSmallestHintIsPassedOn() throws Exception {
    cheap.usually(FakeProvider.rateLimits(40));
    dear.usually(FakeProvider.rateLimits(50));
    var response = chat(PREFER_CHEAP);
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).contains("40");
  }

  @Test
  void theCallersMistakeIsTheCallersAndNotTriedElsewhere() throws Exception {
    cheap.next(
        FakeProvider.raw(400, "{\"error\":{\"message\":\"no such tool\",\"code\":\"bad_thing\"}}"));
    var response = chat(PREFER_CHEAP);
    JsonNode error = JSON.readTree(response.body()).path("error");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(error.path("message").asString()).isEqualTo("no such tool");
    assertThat(error.path("metadata").path("provider_code").asString()).isEqualTo("bad_thing");
    assertThat(dear.requests()).isEmpty();
  }

  @Test
  void aClosedPortIsAnErrorOfOursToTell() throws Exception {
    var response = chat("\"model\":\"acme/gone\"");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
  }

  @Test
  void aStreamThatBreaksAfterContentEndsWithAnErrorAndIsFree() throws Exception {
    cheap.next(FakeProvider.breaksAfter("one", "two"));
    var response = chat(PREFER_CHEAP + ",\"stream\":true");
    assertThat(response.body())
        .contains("one", "two", "\"finish_reason\":\"error\"", "\"error\":{\"code\":502")
        .doesNotContain("[DONE]")
        .doesNotContain("Dear");
    String id = response.headers().firstValue("X-Generation-Id").orElseThrow();
    assertThat(charged(id)).isEqualByComparingTo("0");
  }

  @Test
  void aCallerWhoLeavesStopsTheProviderAndPaysForWhatCame() throws Exception {
    cheap.next(FakeProvider.streamsForEver());
    HttpResponse<java.io.InputStream> response =
        HTTP.send(
            request("/api/v1/chat/completions", key, body(PREFER_CHEAP + ",\"stream\":true")),
            BodyHandlers.ofInputStream());
    var reader = new BufferedReader(new InputStreamReader(response.body()));
    for (int lines = 0; lines < 10; lines++) {
      reader.readLine();
    }
    response.body().close();
    Eventually.holds("the provider is left", () -> cheap.aborted() == 1);
    String id = response.headers().firstValue("X-Generation-Id").orElseThrow();
    assertThat(charged(id)).isPositive();
    var seen =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(base + "/api/v1/generation?id=" + id))
                .header("Authorization", "Bearer " + key)
                .build(),
            BodyHandlers.ofString());
    assertThat(JSON.readTree(seen.body()).path("data").path("cancelled").asBoolean()).isTrue();
  }

  @Test
  void refusalsComeInTheContractsShape() throws Exception {
    assertThat(
            post("/api/v1/chat/completions", "sk-or-v1-nobody", body("\"model\":\"acme/alpha\""))
                .statusCode())
        .isEqualTo(401);
    assertThat(
            post("/api/v1/chat/completions", ADMIN, body("\"model\":\"acme/alpha\"")).statusCode())
        .isEqualTo(403);
    assertThat(post("/api/v1/chat/completions", key, "x".repeat(21 * 1024 * 1024)).statusCode())
        .isEqualTo(413);
    assertThat(post("/api/v1/nowhere", key, "{}").body()).contains("\"code\":404");
    assertThat(chat("\"model\":\"acme/alpha\",\"provider\":{\"maxPrice\":{\"prompt\":0.5}}").body())
        .contains("constraint_filtered", "max_price");
    assertThat(chat("\"model\":\"acme/alpha\",\"provider\":{\"ignore\":[\"cheap\"]}").body())
        .contains("\"provider\":\"Dear\"");
    assertThat(cheap.requests()).isEmpty();
  }

  @Test
  void aSpentLimitIs402() throws Exception {
    String poor = makeKey("{\"name\":\"poor\",\"limit\":0.00001}");
    var response =
        post(
            "/api/v1/chat/completions", poor, body("\"model\":\"acme/alpha\",\"max_tokens\":8000"));
    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(response.body()).contains("requested up to 8000 tokens", "payment_required");
    assertThat(cheap.requests()).isEmpty();
    assertThat(dear.requests()).isEmpty();
  }

  private static FakeProvider.Script late(int millis) {
    return (body, response) ->
        reactor.core.publisher.Mono.delay(java.time.Duration.ofMillis(millis))
            .then(
                reactor.core.publisher.Mono.from(
                    FakeProvider.answers("late").answer(body, response)));
  }

  @Test
  void aSilentProviderIsLeftForAnother() throws Exception {
    cheap.next(late(5_000));
    assertThat(chat("\"model\":\"acme/slow\"").body()).contains("\"provider\":\"Dear\"");
  }

  @Test
  void aLongSilenceIsBridgedByComments() throws Exception {
    cheap.next(late(2_600));
    var response = chat(PREFER_CHEAP + ",\"stream\":true");
    // Twice or more where the machine takes ten seconds more than the provider.
    assertThat(response.body())
        .matches("(?s)(: OPENROUTER PROCESSING\n\n)+data: \\{.*")
        .contains("late")
        .endsWith("data: [DONE]\n\n");
  }

  @Test
  void everyMetricOfTheDashboardIsOneThatTheGatewayHas() throws Exception {
    cheap.next(FakeProvider.raw(503, "x"));
    chat(PREFER_CHEAP);
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(catalog, Files.readString(catalog) + "\n# changed\n");
    String management = gateway.getEnvironment().getProperty("local.management.port");
    var names = new java.util.TreeSet<String>();
    var matcher =
        java.util.regex.Pattern.compile("signalbox_[a-z_]+")
            .matcher(
                Files.readString(Path.of("../helm/signalbox/dashboards/signalbox.json"))
                    + Files.readString(Path.of("../helm/signalbox/alerts/signalbox.yaml")));
    while (matcher.find()) {
      names.add(matcher.group());
    }
    assertThat(names).hasSizeGreaterThan(10);
    var scrape =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + management + "/actuator/prometheus"))
            .build();
    Eventually.seen(
        "every one of " + names,
        () -> HTTP.send(scrape, BodyHandlers.ofString()).body(),
        shown -> names.stream().allMatch(shown::contains));
  }

  @Test
  void aProviderThatDiesUnderLoadIsSeenByNobodyAndEveryAnswerIsRecorded() throws Exception {
    for (FakeProvider provider : List.of(doomed, dear, spare)) {
      provider.usually(FakeProvider.answers("a few words for everyone"));
    }
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 200; i++) {
      if (i == 60) {
        while (doomed.requests().isEmpty()) {
          Thread.sleep(5);
        }
        doomed.close();
      }
      String stream = i % 2 == 0 ? ",\"stream\":true" : "";
      answers.add(
          HTTP.sendAsync(
              request("/api/v1/chat/completions", key, body("\"model\":\"acme/crowd\"" + stream)),
              BodyHandlers.ofString()));
    }
    for (var pending : answers) {
      HttpResponse<String> response = pending.get(90, TimeUnit.SECONDS);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      // Only a stream that had begun at the dying provider could not be saved.
      boolean begun = response.body().contains("\"provider\":\"Doomed\"");
      assertThat(response.body().contains("\"error\"") && !begun).as(response.body()).isFalse();
      String id = response.headers().firstValue("X-Generation-Id").orElseThrow();
      String cost = response.body().replaceAll("(?s).*\"cost\":([0-9.]+).*", "$1");
      assertThat(charged(id)).isEqualByComparingTo(new BigDecimal(cost));
    }
    assertThat(doomed.requests()).isNotEmpty();
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var statement = connection.createStatement()) {
      var rows =
          statement.executeQuery("SELECT count(*) FROM usage_record WHERE model = 'acme/crowd'");
      rows.next();
      assertThat(rows.getLong(1)).isEqualTo(200);
    }
    assertThat(dear.requests().size() + spare.requests().size()).isGreaterThan(100);
  }
}
