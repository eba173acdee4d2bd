package dev.signalbox.gateway.byok;

import static dev.signalbox.gateway.stage.RunningGateway.ADMIN;
import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.Midnight;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import dev.signalbox.vitals.Health;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Accounts that call providers with credentials of their own, at an operator's fee of five
/// percent.
class ByokTest {
  private static final String OWN = "own-credential-0123456789";
  private static final String OPERATORS = "Bearer operators-credential";

  @TempDir static Path directory;

  private static FakeProvider provider;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: pa, name: Provider A, dialect: openai, base_url: "%1$s", api_key: operators-credential}
          - {slug: pb, name: Provider B, dialect: openai, base_url: "%1$s", api_key: "${PB_KEY_NOT_SET}"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.1", completion: "0"}}
          - id: acme/beta
            endpoints:
              - {provider: pb, pricing: {prompt: "0.1", completion: "0"}}
        """
            .formatted(provider.url()));
    gateway =
        new RunningGateway(
            PostgresFixture.migrated(),
            catalog,
            directory.resolve("data"),
            "--signalbox.byok.fee-percent=5");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
    gateway.context.getBean(Breakers.class).forget();
  }

  @AfterEach
  void forget() throws Exception {
    for (JsonNode one : json(call("GET", "", null)).path("data")) {
      call("DELETE", "/" + one.path("id").asString(), null);
    }
  }

  private static HttpResponse<String> call(String method, String path, String body)
      throws Exception {
    return gateway.call(method, "/api/v1/byok" + path, ADMIN, body);
  }

  private static String stored(String members) throws Exception {
    return stored("pa", members);
  }

  private static String stored(String provider, String members) throws Exception {
    var made =
        call(
            "POST", "", "{\"provider\":\"%s\",\"key\":\"%s\"%s}".formatted(provider, OWN, members));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.body()).doesNotContain(OWN);
    return json(made).at("/data/id").asString();
  }

  private static JsonNode chat(String model) throws Exception {
    var answer = gateway.send(gateway.chat("\"model\":\"%s\"".formatted(model)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  private static List<String> credentials() {
    return provider.heads().stream().map(head -> head.headers().get("authorization")).toList();
  }

  @Test
  void theAccountPaysTheFeeAlone() throws Exception {
    Midnight.waitOutIfNear();
    var key = gateway.call("POST", "/api/v1/keys", ADMIN, "{\"name\":\"own\"}");
    String secret = json(key).path("key").asString();
    stored("");
    var answer = gateway.send(gateway.chat(secret, "\"model\":\"acme/alpha\""));
    JsonNode usage = json(answer).path("usage");
    assertThat(credentials()).containsExactly("Bearer " + OWN);
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.05");
    assertThat(usage.path("is_byok").asBoolean()).isTrue();
    assertThat(usage.at("/cost_details/upstream_inference_cost").decimalValue())
        .isEqualByComparingTo("1");
    JsonNode generation =
        json(gateway.call(
                "GET", "/api/v1/generation?id=" + json(answer).path("id").asString(), secret, null))
            .path("data");
    assertThat(generation.path("is_byok").asBoolean()).isTrue();
    assertThat(generation.path("total_cost").decimalValue()).isEqualByComparingTo("0.05");
    assertThat(generation.path("upstream_inference_cost").decimalValue()).isEqualByComparingTo("1");
    JsonNode spent =
        Eventually.seen(
            "what is spent",
            () -> json(gateway.call("GET", "/api/v1/key", secret, null)).path("data"),
            now -> now.path("byok_usage").decimalValue().signum() > 0);
    assertThat(spent.path("byok_usage").decimalValue()).isEqualByComparingTo("1");
    assertThat(spent.path("byok_usage_daily").decimalValue()).isEqualByComparingTo("1");
    assertThat(spent.path("usage").decimalValue()).isEqualByComparingTo("0.05");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 429})
  void whatACredentialMayNotSaysNothingOfTheProvider(int status) throws Exception {
    stored("");
    provider.usually(
        (body, response) ->
            (provider.heads().getLast().headers().get("authorization").equals(OPERATORS)
                    ? FakeProvider.answers("one")
                    : FakeProvider.raw(status, "{}"))
                .answer(body, response));
    var breakers = gateway.context.getBean(Breakers.class);
    for (int i = 0; i < 4; i++) {
      chat("acme/alpha");
      assertThat(breakers.healthOf(new EndpointId("acme/alpha@pa"))).isEqualTo(Health.STABLE);
    }
    var only = "\"model\":\"acme/alpha\",\"provider\":{\"allow_fallbacks\":false}";
    assertThat(gateway.send(gateway.chat(only)).statusCode()).isNotEqualTo(200);
    assertThat(breakers.healthOf(new EndpointId("acme/alpha@pa"))).isEqualTo(Health.STABLE);
  }

  @Test
  void aLimitCountsWhatTheAccountPaysItselfIfItSaysSo() throws Exception {
    stored("");
    for (boolean counts : List.of(true, false)) {
      var key =
          gateway.call(
              "POST",
              "/api/v1/keys",
              ADMIN,
              "{\"name\":\"own\",\"limit\":3,\"include_byok_in_limit\":%s}".formatted(counts));
      String secret = json(key).path("key").asString();
      // Long enough for an estimate of what it really takes: ten tokens and some more.
      String body =
          "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
              .formatted("x".repeat(33));
      // Each costs the account 1 at its provider, and a fee of 0.05 here.
      for (int i = 0; i < 2; i++) {
        var answer = gateway.call("POST", "/api/v1/chat/completions", secret, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      }
      var third = gateway.call("POST", "/api/v1/chat/completions", secret, body);
      assertThat(third.statusCode()).as(third.body()).isEqualTo(counts ? 402 : 200);
      JsonNode spent =
          Eventually.seen(
              "what is spent",
              () -> json(gateway.call("GET", "/api/v1/key", secret, null)).path("data"),
              now -> now.path("byok_usage").decimalValue().intValue() >= (counts ? 2 : 3));
      assertThat(spent.path("usage").decimalValue()).isEqualByComparingTo(counts ? "0.1" : "0.15");
      assertThat(spent.path("limit_remaining").decimalValue())
          .isEqualByComparingTo(counts ? "0.9" : "2.85");
      assertThat(spent.path("include_byok_in_limit").asBoolean()).isEqualTo(counts);
    }
  }

  @Test
  void whereTheOwnFailsTheOperatorsAnswers() throws Exception {
    stored("");
    provider.next(FakeProvider.raw(401, "{\"error\":{\"message\":\"no\"}}"));
    JsonNode answer = chat("acme/alpha");
    JsonNode usage = answer.path("usage");
    JsonNode attempts =
        json(gateway.call(
                "GET", "/api/v1/generation?id=" + answer.path("id").asString(), gateway.key, null))
            .at("/data/provider_responses");
    assertThat(attempts).hasSize(2);
    assertThat(attempts.get(0).path("is_byok").asBoolean()).isTrue();
    assertThat(attempts.get(0).path("status").asInt()).isEqualTo(401);
    assertThat(attempts.get(1).path("is_byok").asBoolean()).isFalse();
    assertThat(attempts.get(1).path("routed_service_tier").asString()).isEqualTo("default");
    assertThat(credentials()).containsExactly("Bearer " + OWN, OPERATORS);
    assertThat(usage.path("is_byok").asBoolean()).isFalse();
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("1");
    for (int i = 0; i < 20; i++) {
      provider.next(FakeProvider.raw(401, "{\"error\":{\"message\":\"no\"}}"));
      provider.next(FakeProvider.answers("Hi there"));
      chat("acme/alpha");
    }
    call("DELETE", "/" + json(call("GET", "", null)).at("/data/0/id").asString(), null);
    chat("acme/alpha");
    assertThat(credentials().getLast())
        .as("a bad credential of an account's is no outage")
        .isEqualTo(OPERATORS);
  }

  @Test
  void aFallbackIsTriedAfterTheOperators() throws Exception {
    String id = stored(",\"is_fallback\":true");
    chat("acme/alpha");
    assertThat(credentials()).containsExactly(OPERATORS);
    provider.next(FakeProvider.raw(503, "{\"error\":{\"message\":\"busy\"}}"));
    assertThat(chat("acme/alpha").at("/usage/is_byok").asBoolean()).isTrue();
    assertThat(credentials()).containsExactly(OPERATORS, OPERATORS, "Bearer " + OWN);
    call("PATCH", "/" + id, "{\"is_fallback\":false,\"key\":\"rotated-credential-1\"}");
    chat("acme/alpha");
    assertThat(credentials().getLast()).isEqualTo("Bearer rotated-credential-1");
  }

  /// A provider that only the account has a credential for, and not for this model, is no way to
  /// it.
  @Test
  void aModelThatNoCredentialIsForIsNotThere() throws Exception {
    String id = stored("pb", ",\"allowed_models\":[\"acme/other\"]");
    var beta = gateway.send(gateway.chat("\"model\":\"acme/beta\""));
    assertThat(beta.statusCode()).as(beta.body()).isEqualTo(404);
    assertThat(chosen("acme/none").body()).contains("\"model\":\"acme/alpha\"");
    assertThat(chosen("acme/alpha").statusCode()).isEqualTo(404);
    call("PATCH", "/" + id, "{\"allowed_models\":[\"acme/beta\"]}");
    JsonNode own = json(chosen("acme/alpha"));
    assertThat(own.path("model").asString()).isEqualTo("acme/beta");
    assertThat(own.at("/usage/is_byok").asBoolean()).isTrue();
  }

  private static HttpResponse<String> chosen(String without) throws Exception {
    return gateway.send(
        gateway.chat(
            "\"model\":\"openrouter/auto\",\"plugins\":"
                + "[{\"id\":\"auto-router\",\"excluded_models\":[\"%s\"]}]".formatted(without)));
  }

  @Test
  void itIsUsedOnlyForWhatItIsAllowed() throws Exception {
    String id = stored(",\"allowed_models\":[\"acme/other\"]");
    chat("acme/alpha");
    call("PATCH", "/" + id, "{\"allowed_models\":null,\"disabled\":true}");
    chat("acme/alpha");
    String foreign =
        json(gateway.call("POST", "/api/v1/keys", ADMIN, "{\"name\":\"other\"}"))
            .at("/data/hash")
            .asString();
    call(
        "PATCH",
        "/" + id,
        "{\"disabled\":false,\"allowed_api_key_hashes\":[\"%s\"]}".formatted(foreign));
    chat("acme/alpha");
    assertThat(credentials()).containsOnly(OPERATORS);
    call(
        "PATCH",
        "/" + id,
        "{\"allowed_api_key_hashes\":[\"%s\"]}".formatted(KeySecret.hash(gateway.key)));
    chat("acme/alpha");
    assertThat(credentials().getLast()).isEqualTo("Bearer " + OWN);
    for (String wrong :
        List.of(
            "{\"allowed_api_key_hashes\":[]}",
            "{\"allowed_api_key_hashes\":[\"x\"]}",
            "{\"allowed_api_key_hashes\":[\"%s\"]}".formatted("0".repeat(64)),
            "{\"key\":\"\"}",
            "{\"disabled\":1}")) {
      assertThat(call("PATCH", "/" + id, wrong).statusCode()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void itOpensProvidersThatTheOperatorHasNoCredentialFor() throws Exception {
    var without = gateway.send(gateway.chat("\"model\":\"acme/beta\""));
    assertThat(without.statusCode()).isEqualTo(404);
    var made =
        call("POST", "", "{\"provider\":\"pb\",\"key\":\"%s\",\"name\":\"mine\"}".formatted(OWN));
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(chat("acme/beta").at("/usage/is_byok").asBoolean()).isTrue();
    assertThat(credentials()).containsExactly("Bearer " + OWN);

    String stranger =
        json(gateway.admin("POST", "/accounts", "{\"name\":\"stranger\",\"unlimited\":true}"))
            .at("/data/id")
            .asString();
    String strangersKey =
        json(gateway.admin("POST", "/accounts/" + stranger + "/keys", "{\"name\":\"k\"}"))
            .path("key")
            .asString();
    assertThat(gateway.send(gateway.chat(strangersKey, "\"model\":\"acme/beta\"")).statusCode())
        .isEqualTo(404);
    String management =
        json(gateway.admin(
                "POST",
                "/accounts/" + stranger + "/keys",
                "{\"name\":\"m\",\"kind\":\"management\"}"))
            .path("key")
            .asString();
    String path = "/api/v1/byok/" + json(made).at("/data/id").asString();
    for (String method : List.of("GET", "PATCH", "DELETE")) {
      assertThat(gateway.call(method, path, management, "{}").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void recordsAreShownAsTheContractSays() throws Exception {
    stored(",\"name\":\"first\"");
    String second = stored("");
    JsonNode page = json(call("GET", "?provider=pa&limit=1", null));
    assertThat(page.path("total_count").asInt()).isEqualTo(2);
    assertThat(page.path("data")).hasSize(1);
    JsonNode first = page.path("data").get(0);
    assertThat(first.propertyNames())
        .containsExactlyInAnyOrder(
            "id",
            "provider",
            "workspace_id",
            "label",
            "name",
            "disabled",
            "is_fallback",
            "allowed_models",
            "allowed_api_key_hashes",
            "allowed_user_ids",
            "sort_order",
            "created_at");
    assertThat(first.path("label").asString()).isEqualTo("own...6789");
    assertThat(first.path("sort_order").asInt()).isZero();
    assertThat(json(call("GET", "/" + second, null)).at("/data/sort_order").asInt()).isEqualTo(1);
    assertThat(call("DELETE", "/" + second, null).body()).isEqualTo("{\"deleted\":true}");
    assertThat(call("DELETE", "/" + second, null).statusCode()).isEqualTo(404);
    assertThat(gateway.call("GET", "/api/v1/byok", gateway.key, null).statusCode()).isEqualTo(403);
    for (String wrong :
        List.of(
            "{\"key\":\"x\"}",
            "{\"provider\":\"pa\"}",
            "{\"provider\":\"none\",\"key\":\"x\"}",
            "{\"provider\":\"pa\",\"key\":\"x\",\"workspace_id\":\"x\"}")) {
      assertThat(call("POST", "", wrong).statusCode()).as(wrong).isEqualTo(400);
    }
  }
}
