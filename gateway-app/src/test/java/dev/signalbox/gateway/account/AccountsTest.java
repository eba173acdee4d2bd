package dev.signalbox.gateway.account;

import static dev.signalbox.gateway.stage.RunningGateway.ADMIN;
import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.Midnight;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the contract says of keys, limits and what was spent, asked of the running gateway.
class AccountsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration SOON = Eventually.PATIENCE;

  @TempDir static Path directory;

  private static final DatabaseAddress database = PostgresFixture.migrated();
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
          - {slug: pa, name: Provider A, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            canonical_slug: acme/alpha-2026-01-01
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
        """
            .formatted(provider.url()));
    gateway = new RunningGateway(database, catalog, directory.resolve("data"));
  }

  /// Much is counted by the day here.
  @BeforeEach
  void stayWithinADay() throws Exception {
    Midnight.waitOutIfNear();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.close();
  }

  private record Minted(String secret, String hash) {
    String path() {
      return "/api/v1/keys/" + hash;
    }
  }

  private static Minted mint(String members) throws Exception {
    var made = gateway.call("POST", "/api/v1/keys", ADMIN, "{\"name\":\"k\"%s}".formatted(members));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return new Minted(json(made).path("key").asString(), json(made).at("/data/hash").asString());
  }

  private static int chats(String secret) throws Exception {
    return gateway.send(gateway.chat(secret, "\"model\":\"acme/alpha\"")).statusCode();
  }

  private static JsonNode key(Minted key) throws Exception {
    return json(gateway.call("GET", key.path(), ADMIN, null)).path("data");
  }

  /// Records are visible when they have been drained: within a second, not at once.
  private static JsonNode key(Minted key, Predicate<JsonNode> expected) throws Exception {
    return Eventually.seen("what is expected of " + key.hash(), () -> key(key), expected);
  }

  /// Puts a record of another time into the journal, as a gateway that ran then would have.
  private static void consumed(String keyHash, Instant at, String charged, boolean byok) {
    String id = "gen-" + at.getEpochSecond() + "-" + KeySecret.generate().substring(9, 29);
    var row = JSON.createObjectNode();
    row.put("id", id);
    row.put("kind", "usage");
    row.put("created_at", at.truncatedTo(ChronoUnit.SECONDS).toString());
    row.put("charge_factor", "1");
    row.put("waived", false);
    row.put("overrun", "0");
    row.put("account_id", FirstStart.FIRST_ACCOUNT.toString());
    row.put("key_hash", keyHash);
    row.put("surface", "chat");
    row.put("model", "acme/alpha");
    row.put("requested_model", "acme/alpha");
    row.put("provider_slug", "pa");
    row.put("provider_name", "Provider A");
    row.put("endpoint_id", "acme/alpha@pa");
    for (String count :
        List.of(
            "audio_prompt_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "cache_write_1h_tokens",
            "audio_completion_tokens",
            "image_completion_tokens",
            "images",
            "web_searches")) {
      row.put(count, 0);
    }
    row.put("fresh_prompt_tokens", 10);
    row.put("visible_tokens", 3);
    row.put("reasoning_tokens", 2);
    row.put("estimated", false);
    row.putObject("pricing");
    row.put("markup_percent", "0");
    row.put("upstream_prompt_cost", "0.5");
    row.put("upstream_completion_cost", "0.25");
    row.put("upstream_other_cost", "0");
    row.put("attempts_cost", "0");
    row.put("charged", charged);
    row.put("byok", byok);
    row.put("streamed", false);
    row.put("cancelled", false);
    row.putArray("attempts");
    gateway
        .context
        .getBean(Journal.class)
        .append(id, row.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .block(SOON);
  }

  @Test
  void whoeverHasNoKeyThatStandsIsRefused() throws Exception {
    var missing = gateway.call("POST", "/api/v1/chat/completions", null, "{}");
    assertThat(missing.statusCode()).isEqualTo(401);
    assertThat(json(missing).at("/error/code").isIntegralNumber()).isTrue();
    assertThat(json(missing).at("/error/code").asInt()).isEqualTo(401);
    assertThat(json(missing).at("/error/message").isString()).isTrue();
    assertThat(chats(KeySecret.generate())).isEqualTo(401);
    String past = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS).toString();
    assertThat(chats(mint(",\"expires_at\":\"" + past + "\"").secret())).isEqualTo(401);
    Minted disabled = mint("");
    assertThat(chats(disabled.secret())).isEqualTo(200);
    gateway.call("PATCH", disabled.path(), ADMIN, "{\"disabled\":true}");
    Eventually.holds("it is refused", () -> chats(disabled.secret()) == 401);
    for (String open :
        List.of(
            "/models",
            "/providers",
            "/models/count",
            "/endpoints/zdr",
            "/models/acme/alpha/endpoints")) {
      assertThat(gateway.call("GET", "/api/v1" + open, null, null).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void eachKindOfKeyDoesItsOwnWork() throws Exception {
    int before = provider.requests().size();
    assertThat(chats(ADMIN)).isEqualTo(403);
    assertThat(provider.requests()).hasSize(before);
    for (String path : List.of("/keys", "/credits", "/activity")) {
      var refused = gateway.call("GET", "/api/v1" + path, gateway.key, null);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(json(refused).at("/error/message").asString())
          .isEqualTo("Only management keys can perform this operation");
    }
    var gone = gateway.call("POST", "/api/v1/credits/coinbase", null, "{}");
    assertThat(gone.statusCode()).isEqualTo(410);
  }

  @Test
  void aCallShowsInWhatItsKeyHasSpent() throws Exception {
    Minted key = mint(",\"limit\":1,\"limit_reset\":\"daily\"");
    var answer = gateway.send(gateway.chat(key.secret(), "\"model\":\"acme/alpha\""));
    BigDecimal cost = json(answer).at("/usage/cost").decimalValue();
    assertThat(cost).isEqualByComparingTo("0.000012");
    key(key, now -> now.path("usage").decimalValue().signum() > 0);
    JsonNode own = json(gateway.call("GET", "/api/v1/key", key.secret(), null)).path("data");
    for (String counter : List.of("usage", "usage_daily", "usage_weekly", "usage_monthly")) {
      assertThat(own.path(counter).decimalValue()).as(counter).isEqualByComparingTo(cost);
    }
    assertThat(own.path("limit_remaining").decimalValue())
        .isEqualByComparingTo(BigDecimal.ONE.subtract(cost));
    assertThat(own.path("is_management_key").asBoolean()).isFalse();
    assertThat(own.at("/rate_limit/requests").asInt()).isEqualTo(-1);
    assertThat(gateway.call("GET", "/api/v1/auth/key", key.secret(), null).body())
        .isEqualTo(gateway.call("GET", "/api/v1/key", key.secret(), null).body());

    String id = json(answer).path("id").asString();
    assertThat(answer.headers().firstValue("X-Generation-Id")).hasValue(id);
    JsonNode generation =
        json(gateway.call("GET", "/api/v1/generation?id=" + id, key.secret(), null)).path("data");
    assertThat(generation.path("total_cost").decimalValue()).isEqualByComparingTo(cost);
    assertThat(generation.at("/provider_responses/0/status").asInt()).isEqualTo(200);
    assertThat(
            gateway
                .call("GET", "/api/v1/generation?id=gen-1-none", key.secret(), null)
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void keysAreMadeChangedAndDeletedAsTheContractSays() throws Exception {
    var made =
        gateway.call(
            "POST",
            "/api/v1/keys",
            ADMIN,
            "{\"name\":\"ci\",\"limit\":1,\"limit_reset\":\"daily\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    String secret = json(made).path("key").asString();
    String hash = json(made).at("/data/hash").asString();
    assertThat(secret).matches("sk-or-v1-[0-9a-f]{64}");
    assertThat(hash).isEqualTo(KeySecret.hash(secret));
    assertThat(json(made).path("data").propertyNames())
        .containsExactlyInAnyOrder(
            "hash",
            "label",
            "name",
            "disabled",
            "limit",
            "limit_remaining",
            "limit_reset",
            "include_byok_in_limit",
            "usage",
            "usage_daily",
            "usage_weekly",
            "usage_monthly",
            "byok_usage",
            "byok_usage_daily",
            "byok_usage_weekly",
            "byok_usage_monthly",
            "created_at",
            "updated_at",
            "expires_at",
            "creator_user_id",
            "workspace_id");
    String path = "/api/v1/keys/" + hash;
    assertThat(gateway.call("GET", path, ADMIN, null).body()).doesNotContain(secret);

    for (String wrong :
        List.of(
            "{}",
            "{\"name\":\"\"}",
            "{\"name\":\"x\",\"limit\":-1}",
            "{\"name\":\"x\",\"limit\":\"1\"}",
            "{\"name\":\"x\",\"limit_reset\":\"hourly\"}",
            "{\"name\":\"x\",\"expires_at\":\"2030-01-01T00:00:00+02:00\"}",
            "{\"name\":\"x\",\"expires_at\":\"tomorrow\"}",
            "{\"name\":\"x\",\"expires_at\":\"+999999-01-01T00:00:00Z\"}",
            "{\"name\":\"x\\u0000y\"}",
            "{\"name\":\"x\",\"creator_user_id\":\"\\u0000\"}",
            "{\"name\":\"x\",\"workspace_id\":\"mine\"}",
            "{\"name\":\"x\",\"limit\":1e400}",
            "{\"name\":\"x\",\"include_byok_in_limit\":1}",
            "{\"name\":",
            "[]")) {
      var refused = gateway.call("POST", "/api/v1/keys", ADMIN, wrong);
      assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
      assertThat(json(refused).at("/error/code").asInt()).isEqualTo(400);
    }

    JsonNode changed =
        json(gateway.call("PATCH", path, ADMIN, "{\"limit\":null,\"disabled\":true}")).path("data");
    assertThat(changed.path("limit").isNull()).isTrue();
    assertThat(changed.path("limit_remaining").isNull()).isTrue();
    assertThat(changed.path("updated_at").isString()).isTrue();
    assertThat(gateway.call("GET", "/api/v1/keys", ADMIN, null).body()).doesNotContain(hash);
    assertThat(gateway.call("GET", "/api/v1/keys?include_disabled=true", ADMIN, null).body())
        .contains(hash);
    assertThat(gateway.call("GET", "/api/v1/keys?include_disabled=true&offset=9999", ADMIN, null))
        .satisfies(page -> assertThat(json(page).path("data")).isEmpty());
    for (String query :
        List.of(
            "offset=x",
            "offset=-1",
            "offset=9223372036854775808",
            "include_disabled=maybe",
            "workspace_id=mine")) {
      assertThat(gateway.call("GET", "/api/v1/keys?" + query, ADMIN, null).statusCode())
          .as(query)
          .isEqualTo(400);
    }
    for (String other : List.of("%00", "x", "0".repeat(64))) {
      for (String method : List.of("GET", "PATCH", "DELETE")) {
        assertThat(gateway.call(method, "/api/v1/keys/" + other, ADMIN, "{}").statusCode())
            .as(method + " " + other)
            .isIn(400, 404);
      }
    }
    assertThat(gateway.call("DELETE", path, ADMIN, null).body()).isEqualTo("{\"deleted\":true}");
    assertThat(gateway.call("DELETE", path, ADMIN, null).statusCode()).isEqualTo(404);
    assertThat(gateway.call("GET", path, ADMIN, null).statusCode()).isEqualTo(404);
  }

  @Test
  void changesOfAKeyAtTheSameTimeAreAllMade() throws Exception {
    Minted key = mint("");
    for (int round = 1; round <= 10; round++) {
      var changes = new ArrayList<java.util.concurrent.Callable<Integer>>();
      for (String change :
          List.of(
              "{\"disabled\":%s}".formatted(round % 2 == 1),
              "{\"limit\":%d}".formatted(round),
              "{\"limit_reset\":\"%s\"}".formatted(round % 2 == 1 ? "weekly" : "daily"),
              "{\"name\":\"name %d\"}".formatted(round),
              "{\"include_byok_in_limit\":%s}".formatted(round % 2 == 0))) {
        changes.add(() -> gateway.call("PATCH", key.path(), ADMIN, change).statusCode());
      }
      try (var callers = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
        for (var done : callers.invokeAll(changes)) {
          assertThat(done.get()).isEqualTo(200);
        }
      }
      JsonNode now = key(key);
      assertThat(now.path("disabled").asBoolean()).isEqualTo(round % 2 == 1);
      assertThat(now.path("limit").asInt()).isEqualTo(round);
      assertThat(now.path("limit_reset").asString()).isEqualTo(round % 2 == 1 ? "weekly" : "daily");
      assertThat(now.path("name").asString()).isEqualTo("name " + round);
      assertThat(now.path("include_byok_in_limit").asBoolean()).isEqualTo(round % 2 == 0);
    }
  }

  @Test
  void pagesOfKeysMissNoneAndShowNoneTwice() throws Exception {
    String account =
        json(gateway.admin("POST", "/accounts", "{\"name\":\"many\",\"unlimited\":true}"))
            .at("/data/id")
            .asString();
    String management =
        json(gateway.admin(
                "POST",
                "/accounts/" + account + "/keys",
                "{\"name\":\"m\",\"kind\":\"management\"}"))
            .path("key")
            .asString();
    for (int i = 0; i < 104; i++) {
      var made = gateway.call("POST", "/api/v1/keys", management, "{\"name\":\"k\"}");
      assertThat(made.statusCode()).isEqualTo(201);
    }
    var hashes = new java.util.TreeSet<String>();
    for (int offset : new int[] {0, 100}) {
      JsonNode page =
          json(gateway.call("GET", "/api/v1/keys?offset=" + offset, management, null)).path("data");
      assertThat(page).hasSize(offset == 0 ? 100 : 5);
      page.forEach(one -> assertThat(hashes.add(one.path("hash").asString())).isTrue());
    }
    assertThat(hashes).hasSize(105);
  }

  @Test
  void aLimitStartsAnewWithItsWindow() throws Exception {
    Instant today = LocalDate.now(ZoneOffset.UTC).atStartOfDay(ZoneOffset.UTC).toInstant();
    Minted daily = mint(",\"limit\":1,\"limit_reset\":\"daily\"");
    consumed(daily.hash(), today.minusSeconds(60), "5", false);
    JsonNode now = key(daily, seen -> seen.path("usage").decimalValue().intValue() == 5);
    assertThat(now.path("usage_daily").decimalValue()).isEqualByComparingTo("0");
    assertThat(now.path("limit_remaining").decimalValue()).isEqualByComparingTo("1");
    assertThat(chats(daily.secret())).isEqualTo(200);

    Minted weekly = mint(",\"limit\":1,\"limit_reset\":\"weekly\"");
    Instant monday =
        LocalDate.now(ZoneOffset.UTC)
            .with(java.time.temporal.TemporalAdjusters.previousOrSame(java.time.DayOfWeek.MONDAY))
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant();
    consumed(weekly.hash(), monday.minusSeconds(1), "5", false);
    consumed(weekly.hash(), monday.plusSeconds(1), "0.25", false);
    now = key(weekly, seen -> seen.path("usage").decimalValue().toPlainString().equals("5.25"));
    assertThat(now.path("usage_weekly").decimalValue()).isEqualByComparingTo("0.25");
    assertThat(now.path("limit_remaining").decimalValue()).isEqualByComparingTo("0.75");

    Minted spent = mint(",\"limit\":1");
    consumed(spent.hash(), today.minusSeconds(60), "1", false);
    key(spent, seen -> seen.path("usage").decimalValue().intValue() == 1);
    var refused = gateway.send(gateway.chat(spent.secret(), "\"model\":\"acme/alpha\""));
    assertThat(refused.statusCode()).isEqualTo(402);
    assertThat(json(refused).at("/error/metadata/error_type").asString())
        .isEqualTo("payment_required");
  }

  @Test
  void activityIsOfFinishedDaysAndAddsUp() throws Exception {
    Minted key = mint("");
    Instant noon = LocalDate.now(ZoneOffset.UTC).atTime(12, 0).toInstant(ZoneOffset.UTC);
    List<Instant> days = new ArrayList<>();
    for (int back : new int[] {1, 1, 2, 30, 31}) {
      days.add(noon.minus(Duration.ofDays(back)));
    }
    for (Instant day : days) {
      consumed(key.hash(), day, "0.1", false);
    }
    consumed(key.hash(), noon.minus(Duration.ofDays(1)), "0.05", true);
    consumed(key.hash(), Instant.now(), "0.1", false);
    key(key, seen -> seen.path("usage").decimalValue().compareTo(new BigDecimal("0.6")) >= 0);

    String path = "/api/v1/activity?api_key_hash=" + key.hash();
    JsonNode rows = json(gateway.call("GET", path, ADMIN, null)).path("data");
    assertThat(rows).hasSize(3);
    JsonNode first = rows.get(0);
    assertThat(first.propertyNames())
        .containsExactlyInAnyOrder(
            "date",
            "model",
            "model_permaslug",
            "endpoint_id",
            "provider_name",
            "requests",
            "prompt_tokens",
            "completion_tokens",
            "reasoning_tokens",
            "usage",
            "byok_usage_inference");
    String yesterday = LocalDate.now(ZoneOffset.UTC).minusDays(1).toString();
    assertThat(first.path("date").asString()).isEqualTo(yesterday);
    assertThat(first.path("model_permaslug").asString()).isEqualTo("acme/alpha-2026-01-01");
    assertThat(first.path("requests").asInt()).isEqualTo(3);
    assertThat(first.path("prompt_tokens").asInt()).isEqualTo(30);
    assertThat(first.path("completion_tokens").asInt()).isEqualTo(15);
    assertThat(first.path("reasoning_tokens").asInt()).isEqualTo(6);
    assertThat(first.path("usage").decimalValue()).isEqualByComparingTo("0.25");
    assertThat(first.path("byok_usage_inference").decimalValue()).isEqualByComparingTo("0.75");

    assertThat(json(gateway.call("GET", path + "&date=" + yesterday, ADMIN, null)).path("data"))
        .hasSize(1);
    JsonNode split =
        json(gateway.call("GET", path + "&group_by=workspace", ADMIN, null)).path("data");
    assertThat(split).hasSize(3).allMatch(row -> row.has("workspace_id"));
    String today = LocalDate.now(ZoneOffset.UTC).toString();
    String old = LocalDate.now(ZoneOffset.UTC).minusDays(40).toString();
    for (String wrong : List.of("&date=" + old, "&date=" + today, "&date=x", "&group_by=day")) {
      assertThat(gateway.call("GET", path + wrong, ADMIN, null).statusCode())
          .as(wrong)
          .isEqualTo(400);
    }
    JsonNode credits = json(gateway.call("GET", "/api/v1/credits", ADMIN, null)).path("data");
    assertThat(credits.path("total_credits").isNumber()).isTrue();
    assertThat(credits.path("total_usage").isNumber()).isTrue();
  }

  @Test
  void aPepperThatIsNotTheDatabasesStopsTheStart() {
    assertThatThrownBy(
            () ->
                new RunningGateway(
                        database,
                        directory.resolve("catalog.yaml"),
                        directory.resolve("other"),
                        "--signalbox.pepper=a pepper of somebody else")
                    .close())
        .isInstanceOf(WrongPepperException.class)
        .hasMessageContaining("SIGNALBOX_PEPPER");
  }
}
