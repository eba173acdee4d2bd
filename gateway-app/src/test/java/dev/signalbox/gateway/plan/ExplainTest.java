package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Accounts of plans: asked for beforehand (`/routing/explain`), and told with the answer
/// (`X-OpenRouter-Metadata`).
class ExplainTest {
  @TempDir static Path directory;

  private static FakeProvider good;
  private static FakeProvider bad;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    good = FakeProvider.start();
    bad = FakeProvider.start();
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(
        file,
        """
        providers:
          - {slug: pa, name: Provider A, dialect: openai, base_url: "%1$s", data_policy: {training: false, retains_prompts: false}}
          - {slug: pb, name: Provider B, dialect: openai, base_url: "%2$s", data_policy: {training: true}}
          - {slug: pc, name: Provider C, dialect: openai, base_url: "%1$s", data_policy: {training: false, retains_prompts: false}}
          - {slug: pd, name: Provider D, dialect: openai, base_url: "%1$s", api_key: "${NO_SUCH_VARIABLE}"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}, supported_parameters: [tools]}
              - {provider: pa, tag: pa/flex, pricing: {prompt: "0.0000005", completion: "0.0000005"}}
              - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}, quantization: fp4}
              - {provider: pc, pricing: {prompt: "0.000003", completion: "0.000003"}}
              - {provider: pd, pricing: {prompt: "0.000003", completion: "0.000003"}}
          - id: acme/beta
            endpoints:
              - {provider: pc, pricing: {prompt: "0.000001", completion: "0.000001", input_cache_read: "0.0000001"}}
        """
            .formatted(good.url(), bad.url()));
    gateway = new RunningGateway(PostgresFixture.migrated(), file, directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    good.close();
    bad.close();
  }

  @BeforeEach
  void reset() {
    good.reset();
    bad.reset();
    gateway.context.getBean(Breakers.class).forget();
  }

  private static HttpResponse<String> explain(String members) throws Exception {
    return gateway.call(
        "POST",
        "/api/v1/routing/explain",
        gateway.key,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}");
  }

  private static JsonNode account(String members) throws Exception {
    var response = explain(members);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response).path("data");
  }

  private static Map<String, JsonNode> byTag(JsonNode account) {
    var rows = new HashMap<String, JsonNode>();
    account.path("endpoints").forEach(row -> rows.put(row.path("tag").asString(), row));
    return rows;
  }

  @Test
  void everyEndpointHasAChanceOrAReason() throws Exception {
    JsonNode account = account("\"model\":\"acme/alpha\",\"max_tokens\":100");
    Map<String, JsonNode> rows = byTag(account);
    assertThat(rows).containsOnlyKeys("pa", "pa/flex", "pb", "pc", "pd");
    assertThat(rows.get("pa").path("probability").doubleValue())
        .isCloseTo(36 / 49.0, within(1e-12));
    assertThat(rows.get("pb").path("probability").doubleValue()).isCloseTo(9 / 49.0, within(1e-12));
    assertThat(rows.get("pc").path("probability").doubleValue()).isCloseTo(4 / 49.0, within(1e-12));
    assertThat(rows.get("pa").path("position").asInt()).isEqualTo(1);
    assertThat(rows.get("pa").path("price").path("prompt").asString()).isEqualTo("0.000001");
    assertThat(rows.get("pa").path("price").path("expected_usd").doubleValue()).isPositive();
    assertThat(rows.get("pa").path("health").path("state").asString()).isEqualTo("stable");
    assertThat(rows.get("pa").path("excluded").isNull()).isTrue();
    assertThat(rows.get("pa/flex").path("excluded").path("by").asString())
        .isEqualTo("service_tier");
    assertThat(rows.get("pd").path("excluded").path("by").asString()).isEqualTo("no_credential");
    assertThat(account.path("attempts")).hasSize(3);
    assertThat(account.path("attempts").path(2).path("provider").asString())
        .isEqualTo("Provider C");
    assertThat(account.path("strategy").asString()).isEqualTo("direct");
    assertThat(account.path("sticky").path("decision").asString()).isEqualTo("not_observed");
    assertThat(good.requests()).isEmpty();
    assertThat(bad.requests()).isEmpty();
  }

  @Test
  void filtersAndPreferencesAreAccountedFor() throws Exception {
    JsonNode account =
        account(
            "\"models\":[\"acme/alpha\",\"acme/beta\"],\"session_id\":\"s\",\"provider\":"
                + "{\"dataCollection\":\"deny\",\"maxPrice\":{\"prompt\":2},\"sort\":\"price\","
                + "\"preferred_max_latency\":{\"p90\":3}}");
    assertThat(account.path("strategy").asString()).isEqualTo("fallback");
    assertThat(account.path("preferences").path("data_collection").asString()).isEqualTo("deny");
    assertThat(account.path("preferences").path("max_price").path("prompt").asInt()).isEqualTo(2);
    JsonNode attempts = account.path("attempts");
    assertThat(attempts.path(0).path("endpoint").asString()).isEqualTo("acme/alpha@pa");
    assertThat(attempts.path(1).path("endpoint").asString()).isEqualTo("acme/beta@pc");
    var excluded = new HashMap<String, String>();
    account
        .path("endpoints")
        .forEach(
            row ->
                excluded.put(
                    row.path("endpoint").asString(), row.path("excluded").path("by").asString("")));
    assertThat(excluded)
        .containsEntry("acme/alpha@pb", "data_policy:training")
        .containsEntry("acme/alpha@pc", "max_price")
        .containsEntry("acme/alpha@pa", "");
    assertThat(account.path("sticky").path("source").asString()).isEqualTo("session_id");
    assertThat(account.path("sticky").path("decision").asString()).isEqualTo("not_cheaper");
    assertThat(
            account("\"model\":\"acme/beta\",\"session_id\":\"s\"")
                .path("sticky")
                .path("decision")
                .asString())
        .isEqualTo("hashed");
  }

  @Test
  void withoutAPlanItIsTheRequestsOwnErrorAndAnAccount() throws Exception {
    String members = "\"model\":\"acme/alpha\",\"provider\":{\"quantizations\":[\"int8\"]}";
    var explained = explain(members);
    var real = gateway.send(gateway.chat(members));
    assertThat(explained.statusCode()).isEqualTo(404);
    assertThat(real.statusCode()).isEqualTo(404);
    assertThat(RunningGateway.json(explained).path("error"))
        .isEqualTo(RunningGateway.json(real).path("error"));
    JsonNode pa = byTag(RunningGateway.json(explained).path("routing")).get("pa");
    assertThat(pa.path("excluded").path("by").asString()).isEqualTo("quantization");
    assertThat(pa.path("probability").asInt(-1)).isZero();

    assertThat(explain("\"model\":\"no/such\"").body()).contains("no/such is not a valid model ID");
    assertThat(explain("\"model\":\"acme/alpha:online\"").statusCode()).isEqualTo(400);
    assertThat(explain("\"models\":[\"a/b\",\"a/c\",\"a/d\",\"a/e\"]").body())
        .contains("'models' array must have 3 items or fewer.");
    assertThat(gateway.call("POST", "/v1/routing/explain", null, "{}").statusCode()).isEqualTo(401);
    assertThat(gateway.call("POST", "/v1/routing/explain", RunningGateway.ADMIN, "{}").statusCode())
        .isEqualTo(403);
    assertThat(gateway.call("POST", "/v1/routing/explain", gateway.key, "nonsense").statusCode())
        .isEqualTo(400);
  }

  @Test
  void otherSurfacesBodiesAreUnderstood() throws Exception {
    var response =
        gateway.call(
            "POST",
            "/v1/routing/explain?surface=completions",
            gateway.key,
            "{\"model\":\"acme/alpha\",\"prompt\":\"hello\"}");
    assertThat(RunningGateway.json(response).path("data").path("attempts")).hasSize(3);
    assertThat(
            gateway.call("POST", "/v1/routing/explain?surface=x", gateway.key, "{}").statusCode())
        .isEqualTo(400);
  }

  private static JsonNode metadata(String header, String value, String members) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.chat(members), (_, _) -> true).header(header, value).build();
    return metadata(gateway.send(request).body());
  }

  private static JsonNode metadata(String body) {
    if (!body.startsWith("{")) {
      String last = "{}";
      for (String line : body.split("\n")) {
        last = line.startsWith("data: {") ? line.substring(6) : last;
      }
      return new tools.jackson.databind.json.JsonMapper()
          .readTree(last)
          .path("openrouter_metadata");
    }
    return new tools.jackson.databind.json.JsonMapper().readTree(body).path("openrouter_metadata");
  }

  private static final String ALPHA = "\"model\":\"acme/alpha\",\"provider\":{\"order\":[\"pb\"]}";

  @Test
  void metadataComesWithTheAnswerWhereItIsAskedFor() throws Exception {
    for (String stream : new String[] {"", ",\"stream\":true"}) {
      JsonNode told = metadata("X-OpenRouter-Metadata", "ENABLED", ALPHA + stream);
      assertThat(told.path("requested").asString()).isEqualTo("acme/alpha");
      assertThat(told.path("strategy").asString()).isEqualTo("direct");
      assertThat(told.path("region").isNull()).isTrue();
      assertThat(told.path("summary").asString()).isEqualTo("available=3, selected=Provider B");
      assertThat(told.path("attempt").asInt()).isEqualTo(1);
      assertThat(told.path("is_byok").isBoolean()).isTrue();
      assertThat(told.path("attempts")).hasSize(1);
      int selected = 0;
      for (JsonNode row : told.path("endpoints").path("available")) {
        selected += row.path("selected").asBoolean() ? 1 : 0;
      }
      assertThat(selected).isEqualTo(1);
    }
    assertThat(
            metadata("x-openrouter-experimental-metadata", "enabled", ALPHA)
                .path("attempt")
                .asInt())
        .isEqualTo(1);
    assertThat(metadata("X-OpenRouter-Metadata", "yes", ALPHA).isMissingNode()).isTrue();
  }

  @Test
  void metadataTellsOfFallbacksAndOfFailures() throws Exception {
    bad.usually(FakeProvider.raw(500, "{}"));
    JsonNode told = metadata("X-OpenRouter-Metadata", "enabled", ALPHA);
    assertThat(told.path("attempt").asInt()).isEqualTo(2);
    assertThat(told.path("attempts")).hasSize(2);
    assertThat(told.path("attempts").path(0).path("status").asInt()).isEqualTo(500);

    JsonNode nobody =
        metadata(
            "X-OpenRouter-Metadata",
            "enabled",
            "\"model\":\"acme/alpha\",\"provider\":{\"only\":[\"nobody\"]}");
    assertThat(nobody.path("attempt").asInt(-1)).isZero();
    assertThat(nobody.path("endpoints").path("available")).isEmpty();

    good.usually(FakeProvider.raw(503, "{}"));
    JsonNode failed = metadata("X-OpenRouter-Metadata", "enabled", ALPHA);
    assertThat(failed.path("attempt").asInt(-1)).isZero();
    assertThat(failed.path("attempts")).hasSize(3);
    for (JsonNode row : failed.path("endpoints").path("available")) {
      assertThat(row.path("selected").asBoolean(true)).isFalse();
    }

    reset();
    good.usually(FakeProvider.rateLimits(1));
    bad.usually(FakeProvider.rateLimits(1));
    assertThat(metadata("X-OpenRouter-Metadata", "enabled", ALPHA).isMissingNode()).isTrue();
    HttpRequest stranger =
        HttpRequest.newBuilder(gateway.chat("sk-or-v1-nobody", ALPHA), (_, _) -> true)
            .header("X-OpenRouter-Metadata", "enabled")
            .build();
    assertThat(metadata(gateway.send(stranger).body()).isMissingNode()).isTrue();
  }

  @Test
  void anErrorOfAnyKindMovesOnToTheNextModelButNotToTheSameOnes() throws Exception {
    for (FakeProvider.Script failure :
        new FakeProvider.Script[] {
          FakeProvider.raw(400, "{\"error\":{\"message\":\"no such tool\"}}"),
          FakeProvider.raw(
              400, "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}"),
          FakeProvider.raw(
              400, "{\"error\":{\"message\":\"flagged\",\"code\":\"content_policy_violation\"}}"),
        }) {
      reset();
      bad.next(failure);
      var response =
          gateway.send(
              gateway.chat(
                  "\"models\":[\"acme/alpha\",\"acme/beta\"],\"provider\":{\"order\":[\"pb\"]}"));
      assertThat(RunningGateway.json(response).path("model").asString())
          .as(response.body())
          .isEqualTo("acme/beta");
      assertThat(good.requests()).hasSize(1);
    }
  }

  @Test
  void aKeysDefaultsHoldForItsRequestsAndCannotBeWidened() throws Exception {
    var made =
        RunningGateway.json(
            gateway.call("POST", "/api/v1/keys", RunningGateway.ADMIN, "{\"name\":\"narrow\"}"));
    String key = made.path("key").asString();
    String routing = "/api/v1/keys/" + made.path("data").path("hash").asString() + "/routing";
    String members = "\"model\":\"acme/alpha\"";
    assertThat(gateway.send(gateway.chat(key, members)).statusCode()).isEqualTo(200);

    assertThat(gateway.call("PUT", routing, gateway.key, "{}").statusCode()).isEqualTo(403);
    assertThat(
            gateway
                .call("PUT", routing, RunningGateway.ADMIN, "{\"sort\":\"beauty\"}")
                .statusCode())
        .isEqualTo(400);
    String wish = "{\"only\":[\"pb\",\"pc\"],\"sort\":\"price\"}";
    var put = gateway.call("PUT", routing, RunningGateway.ADMIN, wish);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    assertThat(gateway.call("GET", routing, RunningGateway.ADMIN, null).body())
        .isEqualTo("{\"data\":" + wish + "}");
    HttpRequest request = gateway.chat(key, members);
    var widened = gateway.chat(key, members + ",\"provider\":{\"only\":[\"pa\"]}");
    // Not by who answers a request that says nothing: that may be Provider B by chance.
    Eventually.holds("the defaults are in force", () -> gateway.send(widened).statusCode() == 404);
    for (int i = 0; i < 10; i++) {
      assertThat(gateway.send(request).body()).contains("\"provider\":\"Provider B\"");
    }
    assertThat(gateway.send(widened).statusCode()).isEqualTo(404);
    var sorted = gateway.chat(key, members + ",\"provider\":{\"order\":[\"pc\"]}");
    assertThat(gateway.send(sorted).body()).contains("\"provider\":\"Provider C\"");
    assertThat(gateway.call("DELETE", routing, RunningGateway.ADMIN, null).body())
        .isEqualTo("{\"data\":{}}");
  }

  @Test
  void routesShowTheLiveShareOfAPlainRequest() throws Exception {
    JsonNode routes =
        new tools.jackson.databind.json.JsonMapper()
            .readTree(gateway.get(gateway.management + "/actuator/gateway/routes").body());
    var shares = new HashMap<String, Double>();
    routes.forEach(
        route ->
            shares.put(
                route.path("route_id").asString(),
                route.path("metadata").path("score").path("share").asDouble(-1)));
    assertThat(shares.get("acme/alpha@pa")).isCloseTo(36 / 49.0, within(1e-12));
    assertThat(shares.get("acme/alpha@pa/flex")).isZero();
    assertThat(shares.get("acme/beta@pc")).isEqualTo(1);
  }
}
