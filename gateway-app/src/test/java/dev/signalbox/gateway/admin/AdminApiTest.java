package dev.signalbox.gateway.admin;

import static dev.signalbox.gateway.stage.RunningGateway.ADMIN;
import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The operator API of two gateways that share a database.
class AdminApiTest {
  private static final String TOLD = "told-to-nobody-0123456789";

  @TempDir static Path directory;

  private static final DatabaseAddress database = PostgresFixture.migrated();
  private static FakeProvider provider;
  private static RunningGateway gateway;
  private static RunningGateway other;
  private static RunningGateway merged;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: pa, name: Provider A, dialect: openai, base_url: "%1$s"}
          - {slug: idle, name: Idle, dialect: openai, base_url: "%1$s", api_key: "${IDLE_KEY_NOT_SET}"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
          - id: acme/idle
            endpoints:
              - {provider: idle, pricing: {prompt: "0.000001", completion: "0.000001"}}
          - id: acme/priced
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
        """
            .formatted(provider.url()));
    gateway = gateway(catalog, "one");
    other = gateway(catalog, "two");
    // Gateways of one process share event loops: none may close before all have done.
    merged =
        new RunningGateway(
            PostgresFixture.migrated(),
            catalog,
            directory.resolve("three"),
            "--signalbox.admin.on-api-port=true");
  }

  private static RunningGateway gateway(Path catalog, String data) throws Exception {
    return new RunningGateway(
        database,
        catalog,
        directory.resolve(data),
        "--signalbox.pepper=one pepper for both of them",
        "--signalbox.secret-key=one secret key for both of them",
        "--signalbox.allowed-hosts=127.0.0.1");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    other.close();
    merged.close();
    provider.close();
  }

  private static JsonNode made(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return json(answer).path("data");
  }

  private static String account(String members) throws Exception {
    return made(gateway.admin("POST", "/accounts", "{\"name\":\"a\"%s}".formatted(members)))
        .path("id")
        .asString();
  }

  private static String key(String account, String members) throws Exception {
    var answer =
        gateway.admin(
            "POST", "/accounts/" + account + "/keys", "{\"name\":\"k\"%s}".formatted(members));
    made(answer);
    return json(answer).path("key").asString();
  }

  private static BigDecimal cost(RunningGateway gateway, String secret, String model)
      throws Exception {
    var answer = gateway.send(gateway.chat(secret, "\"model\":\"%s\"".formatted(model)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer).at("/usage/cost").decimalValue();
  }

  @Test
  void onlyOperatorsAreAnsweredAndOnlyOnTheirPort() throws Exception {
    String account = account("");
    String management = key(account, ",\"kind\":\"management\"");
    String inference = key(account, "");
    assertThat(gateway.context.getBean(AdminApi.class).routes()).hasSizeGreaterThan(30);
    for (AdminRoute route : gateway.context.getBean(AdminApi.class).routes()) {
      String path = route.path().replaceAll("\\{.*?}", "x");
      for (String secret : new String[] {null, "nonsense", management, inference}) {
        var refused = gateway.admin(route.method().name(), path, secret, "{}");
        assertThat(refused.statusCode()).as("%s %s", route.method(), path).isEqualTo(401);
        assertThat(json(refused).at("/error/code").asInt()).isEqualTo(401);
      }
      assertThat(
              gateway.call(route.method().name(), AdminApi.ROOT + path, ADMIN, "{}").statusCode())
          .as("on the API's port")
          .isEqualTo(404);
    }
    assertThat(gateway.admin("GET", "/nothing", null, null).statusCode()).isEqualTo(401);
    assertThat(gateway.admin("GET", "/nothing", null).statusCode()).isEqualTo(404);
    assertThat(gateway.call("GET", "/api/v1/keys", management, null).statusCode()).isEqualTo(200);
  }

  @Test
  void oneSettingPutsItOnTheApisPort() throws Exception {
    assertThat(merged.call("GET", "/admin/v1/accounts", ADMIN, null).statusCode()).isEqualTo(200);
    assertThat(merged.call("GET", "/admin/v1/accounts", merged.key, null).statusCode())
        .isEqualTo(401);
  }

  @Test
  void pagesOfOthersMayNotReadWhatTheOperatorMay() throws Exception {
    for (String url :
        List.of(
            gateway.management + "/actuator/prometheus",
            gateway.management + "/admin/v1/accounts",
            merged.base + "/admin/v1/accounts")) {
      for (String method : List.of("GET", "OPTIONS")) {
        var fromAPage =
            HttpRequest.newBuilder(URI.create(url))
                .method(method, BodyPublishers.noBody())
                .header("Origin", "https://page.example")
                .header("Access-Control-Request-Method", "GET")
                .header("Authorization", "Bearer " + ADMIN)
                .build();
        assertThat(gateway.send(fromAPage).headers().firstValue("Access-Control-Allow-Origin"))
            .as(method + " " + url)
            .isEmpty();
      }
    }
  }

  @Test
  void accountsAreMadeReadChangedAndDeleted() throws Exception {
    String id = account(",\"zdr_only\":true,\"ignored_providers\":[\"idle\"]");
    JsonNode account = json(gateway.admin("GET", "/accounts/" + id, null)).path("data");
    assertThat(account.path("zdr_only").asBoolean()).isTrue();
    assertThat(account.at("/balance/remaining").asInt()).isZero();
    assertThat(account.path("markup_percent").isNull()).isTrue();
    JsonNode changed =
        json(gateway.admin("PATCH", "/accounts/" + id, "{\"zdr_only\":false,\"markup_percent\":7}"))
            .path("data");
    assertThat(changed.path("zdr_only").asBoolean()).isFalse();
    assertThat(changed.path("markup_percent").asInt()).isEqualTo(7);
    assertThat(changed.at("/ignored_providers/0").asString()).isEqualTo("idle");
    JsonNode page = json(gateway.admin("GET", "/accounts?limit=1", null));
    assertThat(page.path("data")).hasSize(1);
    assertThat(page.path("total_count").asInt()).isGreaterThan(1);

    String secret = key(id, "");
    gateway.admin(
        "POST", "/accounts/" + id + "/top-ups", "{\"amount\":1,\"idempotency_key\":\"first\"}");
    Eventually.holds(
        "the account may spend",
        () -> gateway.send(gateway.chat(secret, "\"model\":\"acme/alpha\"")).statusCode() == 200);
    assertThat(gateway.admin("DELETE", "/accounts/" + id, null).statusCode()).isEqualTo(200);
    Eventually.holds(
        "the key is refused elsewhere",
        () -> other.send(other.chat(secret, "\"model\":\"acme/alpha\"")).statusCode() == 401);
    assertThat(gateway.admin("GET", "/accounts/" + id, null).statusCode()).isEqualTo(404);
    assertThat(gateway.admin("GET", "/accounts/" + UUID.randomUUID(), null).statusCode())
        .isEqualTo(404);
    assertThat(gateway.admin("GET", "/accounts/x", null).statusCode()).isEqualTo(400);
  }

  @Test
  void aTopUpThatIsSentAgainIsGivenOnce() throws Exception {
    String id = account("");
    String path = "/accounts/" + id + "/top-ups";
    String body = "{\"amount\":12.5,\"reason\":\"invoice 7\",\"idempotency_key\":\"invoice-7\"}";
    List<CompletableFuture<Integer>> sent = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      RunningGateway to = i % 2 == 0 ? gateway : other;
      sent.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return to.admin("POST", path, body).statusCode();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    List<Integer> answers = sent.stream().map(CompletableFuture::join).toList();
    assertThat(answers).containsOnly(200, 201);
    assertThat(answers.stream().filter(status -> status == 201)).hasSize(1);
    assertThat(
            json(gateway.admin("GET", "/accounts/" + id, null))
                .at("/data/balance/granted")
                .decimalValue())
        .isEqualByComparingTo("12.5");
    assertThat(json(gateway.admin("GET", path, null)).path("data")).hasSize(1);
    assertThat(
            gateway
                .admin("POST", path, "{\"amount\":13,\"idempotency_key\":\"invoice-7\"}")
                .statusCode())
        .isEqualTo(409);
    for (String wrong :
        List.of(
            "{\"amount\":1}",
            "{\"amount\":0,\"idempotency_key\":\"x\"}",
            "{\"amount\":-1,\"idempotency_key\":\"x\"}",
            "{\"amount\":\"1\",\"idempotency_key\":\"x\"}",
            "{\"amount\":1,\"amount\":2,\"idempotency_key\":\"x\"}",
            "{\"amount\":1,\"idempotency_key\":\"x\",\"usd\":5}")) {
      assertThat(gateway.admin("POST", path, wrong).statusCode()).as(wrong).isEqualTo(400);
    }
    assertThat(gateway.admin("POST", path, "{\"amount\":1,\"usd\":5}").body()).contains("usd");
  }

  @Test
  void theMostSpecificMarkupWinsAndThePastStays() throws Exception {
    String account = account(",\"unlimited\":true");
    String secret = key(account, "");
    gateway.admin(
        "POST", "/accounts/" + account + "/top-ups", "{\"amount\":10,\"idempotency_key\":\"x\"}");
    var base = new BigDecimal("0.000012");
    assertThat(cost(gateway, secret, "acme/priced")).isEqualByComparingTo(base);
    String first =
        json(gateway.send(gateway.chat(secret, "\"model\":\"acme/priced\""))).path("id").asString();
    String[][] rules = {
      {"installation", "", "10"},
      {"provider", "pa", "20.5"},
      {"model", "acme/priced", "30"},
      {"endpoint", "acme/priced@pa", "0"},
      {"account", account, "50.123456"}
    };
    for (String[] rule : rules) {
      made(
          gateway.admin(
              "POST",
              "/markups",
              "{\"scope\":\"%s\",\"subject\":\"%s\",\"percent\":%s}".formatted((Object[]) rule)));
      BigDecimal factor = BigDecimal.ONE.add(new BigDecimal(rule[2]).movePointLeft(2));
      assertThat(cost(gateway, secret, "acme/priced"))
          .as(rule[0])
          .isEqualByComparingTo(base.multiply(factor));
    }
    assertThat(cost(gateway, secret, "acme/alpha"))
        .as("the account's own holds everywhere")
        .isEqualByComparingTo(base.multiply(new BigDecimal("1.50123456")));
    for (int i = rules.length - 1; i >= 0; i--) {
      made(
          gateway.admin(
              "POST",
              "/markups",
              "{\"scope\":\"%s\",\"subject\":\"%s\",\"percent\":null}"
                  .formatted(rules[i][0], rules[i][1])));
    }
    assertThat(cost(gateway, secret, "acme/priced")).isEqualByComparingTo(base);
    assertThat(
            json(gateway.call("GET", "/api/v1/generation?id=" + first, secret, null))
                .at("/data/total_cost")
                .decimalValue())
        .isEqualByComparingTo(base);
    for (String wrong :
        List.of(
            "{\"scope\":\"planet\",\"subject\":\"x\",\"percent\":1}",
            "{\"scope\":\"provider\",\"subject\":\"none\",\"percent\":1}",
            "{\"scope\":\"provider\",\"subject\":\"pa\",\"percent\":-1}",
            "{\"scope\":\"provider\",\"subject\":\"pa\"}",
            "{\"scope\":\"provider\",\"subject\":\"pa\",\"percent\":1,"
                + "\"effective_from\":\"2020-01-01T00:00:00Z\"}")) {
      assertThat(gateway.admin("POST", "/markups", wrong).statusCode()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void aNegotiatedPriceComesIntoForceAtItsTimeOnEveryReplica() throws Exception {
    String secret = gateway.key;
    Instant from = Instant.now().plusSeconds(2).truncatedTo(ChronoUnit.MILLIS);
    made(
        gateway.admin(
            "POST",
            "/prices",
            ("{\"endpoint\":\"acme/alpha@pa\",\"effective_from\":\"%s\","
                    + "\"pricing\":{\"prompt\":\"0.0000005\",\"completion\":\"0\"}}")
                .formatted(from)));
    for (RunningGateway replica : List.of(gateway, other)) {
      Eventually.holds(
          "the price is in force",
          () -> {
            BigDecimal cost = cost(replica, secret, "acme/alpha");
            if (Instant.now().isBefore(from)) {
              assertThat(cost).as("before its time").isEqualByComparingTo("0.000012");
            }
            return cost.compareTo(new BigDecimal("0.000005")) == 0;
          });
    }
    var bad =
        gateway.admin(
            "POST",
            "/prices",
            "{\"endpoint\":\"acme/alpha@pa\",\"pricing\":{\"prompt\":\"-1\",\"completion\":\"0\"}}");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(bad.body()).contains("price of acme/alpha@pa: prompt: -1 (expected: >= 0)");
    var late =
        gateway.admin(
            "POST",
            "/prices",
            ("{\"endpoint\":\"acme/alpha@pa\",\"effective_from\":\"2999-01-01T00:00:00Z\","
                + "\"pricing\":{\"prompt\":\"1\"}}"));
    assertThat(late.statusCode()).as("checked before its time").isEqualTo(400);
    made(gateway.admin("POST", "/prices", "{\"endpoint\":\"acme/alpha@pa\",\"pricing\":null}"));
    assertThat(cost(gateway, secret, "acme/alpha")).isEqualByComparingTo("0.000012");
  }

  @Test
  void aProviderIsServedByAllReplicasAsSoonAsItIsAdded() throws Exception {
    JsonNode added =
        made(
            gateway.admin(
                "POST",
                "/providers",
                ("{\"slug\":\"fresh\",\"name\":\"Fresh\",\"dialect\":\"openai\","
                        + "\"base_url\":\"%s\",\"api_key\":\"%s\"}")
                    .formatted(provider.url(), TOLD)));
    assertThat(added.toString()).doesNotContain(TOLD);
    assertThat(added.at("/credential/label").asString()).isEqualTo("tol...6789");
    made(gateway.admin("POST", "/models", "{\"id\":\"fresh/model\",\"context_length\":4096}"));
    made(
        gateway.admin(
            "POST",
            "/endpoints",
            "{\"id\":\"fresh/model@fresh\",\"upstream_model\":\"m\",\"pricing\":"
                + "{\"prompt\":\"0.000002\",\"completion\":\"0\"}}"));
    assertThat(cost(gateway, gateway.key, "fresh/model")).isEqualByComparingTo("0.00002");
    assertThat(provider.heads().getLast().headers().get("authorization"))
        .isEqualTo("Bearer " + TOLD);
    Eventually.holds(
        "it is served elsewhere",
        () -> other.send(other.chat(gateway.key, "\"model\":\"fresh/model\"")).statusCode() == 200);

    var rotated = "told-to-nobody-9876543210";
    gateway.admin("PUT", "/providers/fresh/credential", "{\"api_key\":\"%s\"}".formatted(rotated));
    cost(gateway, gateway.key, "fresh/model");
    assertThat(provider.heads().getLast().headers().get("authorization"))
        .isEqualTo("Bearer " + rotated);

    assertThat(
            json(gateway.admin(
                    "PATCH",
                    "/endpoints/fresh/model@fresh",
                    "{\"pricing\":{\"completion\":\"0.000001\"}}"))
                .at("/data/pricing/completion")
                .asString())
        .isEqualTo("0.000001");
    assertThat(cost(gateway, gateway.key, "fresh/model")).isEqualByComparingTo("0.000022");
    assertThat(
            json(gateway.admin("POST", "/credentials/rewrap", null)).at("/data/rewrapped").asInt())
        .isPositive();
    assertThat(gateway.admin("DELETE", "/providers/fresh", null).statusCode()).isEqualTo(200);
    Eventually.holds(
        "it is gone elsewhere",
        () -> other.send(other.chat(gateway.key, "\"model\":\"fresh/model\"")).statusCode() == 404);

    for (String answer :
        List.of(
            gateway.admin("GET", "/providers?limit=100", null).body(),
            gateway.admin("GET", "/audit?limit=100", null).body())) {
      assertThat(answer).doesNotContain(TOLD).doesNotContain(rotated);
    }
    assertThat(wholeDatabase()).doesNotContain(TOLD).doesNotContain(rotated);
  }

  /// Everything that a copy of the database would show of credentials and changes.
  private static String wholeDatabase() throws Exception {
    var text = new StringBuilder();
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var statement = connection.createStatement()) {
      for (String table : List.of("provider_credential", "catalog_entry", "audit_log")) {
        try (var rows = statement.executeQuery("SELECT r::text FROM " + table + " r")) {
          while (rows.next()) {
            text.append(rows.getString(1)).append('\n');
          }
        }
      }
      try (var rows =
          statement.executeQuery(
              "SELECT sealed FROM provider_credential WHERE sealed IS NOT NULL")) {
        while (rows.next()) {
          text.append(new String(rows.getBytes(1), StandardCharsets.ISO_8859_1)).append('\n');
        }
      }
    }
    return text.toString();
  }

  @Test
  void aDormantProviderWakesWithACredentialAndSleepsWithout() throws Exception {
    assertThat(gateway.send(gateway.chat("\"model\":\"acme/idle\"")).statusCode()).isEqualTo(404);
    gateway.admin("PUT", "/providers/idle/credential", "{\"api_key\":\"wakes-the-idle-one\"}");
    assertThat(gateway.send(gateway.chat("\"model\":\"acme/idle\"")).statusCode()).isEqualTo(200);
    assertThat(provider.heads().getLast().headers().get("authorization"))
        .isEqualTo("Bearer wakes-the-idle-one");
    gateway.admin("DELETE", "/providers/idle/credential", null);
    assertThat(gateway.send(gateway.chat("\"model\":\"acme/idle\"")).statusCode()).isEqualTo(404);
  }

  @Test
  void changesReachOtherReplicasWithoutNotifications() throws Exception {
    PostgresFixture.execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND query LIKE 'LISTEN%'");
    gateway.admin("POST", "/models", "{\"id\":\"lost/notice\"}");
    Eventually.holds(
        "a change without notice",
        () -> other.admin("GET", "/models/lost/notice", null).statusCode() == 200);
    String secret = key(account(",\"unlimited\":true"), "");
    assertThat(other.call("GET", "/api/v1/key", secret, null).statusCode()).isEqualTo(200);
    PostgresFixture.execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND query LIKE 'LISTEN%'");
    gateway.admin("DELETE", "/keys/" + KeySecret.hash(secret), null);
    Eventually.holds(
        "a revocation without notice",
        () -> other.call("GET", "/api/v1/key", secret, null).statusCode() == 401);
  }

  @Test
  void whatIsWrongIsToldByItsFieldAndChangesNothing() throws Exception {
    String[][] wrong = {
      {
        "POST",
        "/providers",
        "{\"slug\":\"x1\",\"dialect\":\"morse\",\"base_url\":\"%s\"}",
        "dialect"
      },
      {"POST", "/providers", "{\"slug\":\"x1\",\"base_url\":\"%s\",\"colour\":1}", "colour"},
      {"POST", "/providers", "{\"slug\":\"X 1\"}", "slug"},
      {"POST", "/providers", "{\"slug\":\"pa\"}", "pa exists"},
      {
        "POST",
        "/providers",
        "{\"slug\":\"x1\",\"dialect\":\"openai\",\"base_url\":\"https://10.0.0.1/v1\"}",
        "base_url: an address that is not public"
      },
      {
        "POST",
        "/providers",
        "{\"slug\":\"x1\",\"dialect\":\"openai\",\"base_url\":\"https://${HOME}.example.com/v1\"}",
        "base_url"
      },
      {
        "POST",
        "/providers",
        "{\"slug\":\"x1\",\"dialect\":\"openai\",\"base_url\":\"%s\","
            + "\"headers\":{\"Authorization\":\"Bearer x\"}}",
        "headers.Authorization"
      },
      {"POST", "/models", "{\"id\":\"nameless\"}", "id"},
      {"POST", "/models", "{\"id\":\"a/b\",\"endpoints\":[]}", "endpoints"},
      {"PATCH", "/models/acme/alpha", "{\"context_length\":\"long\"}", "context_length"},
      {"POST", "/endpoints", "{\"id\":\"acme/alpha@idle\"}", "pricing"},
      {"POST", "/endpoints", "{\"id\":\"no/such@pa\",\"pricing\":{}}", "no such model"},
      {"PATCH", "/endpoints/acme/alpha@pa", "{\"pricing\":{\"prompt\":\"x\"}}", "pricing.prompt"},
      {"PATCH", "/endpoints/acme/alpha@pa", "{\"provider\":\"idle\"}", "provider"}
    };
    var before = gateway.admin("GET", "/audit", null).body();
    for (String[] one : wrong) {
      var answer = gateway.admin(one[0], one[1], one[2].formatted(provider.url()));
      assertThat(answer.statusCode()).as(one[2]).isIn(400, 409);
      assertThat(json(answer).at("/error/message").asString()).as(one[2]).contains(one[3]);
    }
    assertThat(gateway.admin("GET", "/audit", null).body()).isEqualTo(before);
    assertThat(cost(gateway, gateway.key, "acme/alpha")).isPositive();
  }

  @Test
  void aFilesCredentialNeverGoesToAnotherHost() throws Exception {
    // The file's provider has no credential here; what counts is that a new URL needs one.
    gateway.admin("PATCH", "/providers/idle", "{\"base_url\":\"%s\"}".formatted(provider.url()));
    assertThat(
            json(gateway.admin("GET", "/providers/idle", null)).at("/data/live_endpoints").asInt())
        .isZero();
  }

  @Test
  void keysOfAnyAccountHaveRightsThatOnlyOperatorsGive() throws Exception {
    String account = account("");
    var answer =
        gateway.admin(
            "POST",
            "/accounts/" + account + "/keys",
            "{\"name\":\"k\",\"requests_per_minute\":7,\"tokens_per_minute\":70}");
    JsonNode key = made(answer);
    assertThat(key.path("requests_per_minute").asInt()).isEqualTo(7);
    assertThat(key.path("account_id").asString()).isEqualTo(account);
    String management = key(account, ",\"kind\":\"management\"");
    var own =
        gateway.call(
            "POST",
            "/api/v1/keys",
            management,
            "{\"name\":\"mine\",\"kind\":\"operator\",\"requests_per_minute\":999,"
                + "\"account_id\":\"00000000-0000-0000-0000-000000000001\"}");
    assertThat(own.statusCode()).isEqualTo(201);
    JsonNode minted =
        json(gateway.admin("GET", "/keys/" + json(own).at("/data/hash").asString(), null))
            .path("data");
    assertThat(minted.path("kind").asString()).isEqualTo("inference");
    assertThat(minted.path("account_id").asString()).isEqualTo(account);
    assertThat(minted.path("requests_per_minute").asInt()).isZero();
    assertThat(
            gateway
                .call("GET", "/api/v1/keys/" + KeySecret.hash(gateway.key), management, null)
                .statusCode())
        .as("another account's key")
        .isEqualTo(404);
    String hash = key.path("hash").asString();
    assertThat(
            json(gateway.admin("PATCH", "/keys/" + hash, "{\"requests_per_minute\":9}"))
                .at("/data/requests_per_minute")
                .asInt())
        .isEqualTo(9);
    assertThat(gateway.admin("PATCH", "/keys/" + hash, "{\"kind\":\"operator\"}").statusCode())
        .isEqualTo(400);
    assertThat(gateway.admin("DELETE", "/keys/" + KeySecret.hash(ADMIN), null).statusCode())
        .isEqualTo(400);
  }

  @Test
  void everyChangeIsInTheAuditLogAndTheLogHoldsTogether() throws Exception {
    String account = account("");
    gateway.admin("PATCH", "/accounts/" + account, "{\"name\":\"renamed\"}");
    JsonNode entries = json(gateway.admin("GET", "/audit?subject=" + account, null)).path("data");
    assertThat(entries).hasSize(2);
    assertThat(entries.get(0).path("action").asString()).isEqualTo("account.change");
    assertThat(entries.get(0).path("actor").asString()).isEqualTo(KeySecret.hash(ADMIN));
    assertThat(entries.get(0).at("/detail/before/name").asString()).isEqualTo("a");
    JsonNode verdict = json(gateway.admin("GET", "/audit/verify", null)).path("data");
    assertThat(verdict.path("intact").asBoolean()).isTrue();
    assertThat(verdict.path("entries").asInt()).isPositive();
    assertThat(
            gateway
                .http
                .send(gateway.chat("\"model\":\"acme/alpha\""), BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(200);
  }
}
