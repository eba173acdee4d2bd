package dev.signalbox.gateway.stage;

import static dev.signalbox.gateway.stage.RunningGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.Midnight;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What keys and accounts may call in a time, on two gateways that share a database.
class LimitsTest {
  @TempDir static Path directory;

  private static FakeProvider provider;
  private static RunningGateway gateway;

  /// Without the cap per minute, so that the one per day is met.
  private static RunningGateway other;

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
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
          - id: acme/alpha:free
            endpoints:
              - {provider: pa, pricing: {prompt: "0", completion: "0"}}
        """
            .formatted(provider.url()));
    DatabaseAddress database = PostgresFixture.migrated();
    String pepper = "--signalbox.pepper=one pepper for both of them";
    gateway = new RunningGateway(database, catalog, directory.resolve("one"), pepper);
    other =
        new RunningGateway(
            database,
            catalog,
            directory.resolve("two"),
            pepper,
            "--signalbox.free-models.requests-per-minute=0");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    other.close();
    provider.close();
  }

  private static String account() throws Exception {
    var made = gateway.admin("POST", "/accounts", "{\"name\":\"a\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return json(made).at("/data/id").asString();
  }

  private static String key(String account, String members) throws Exception {
    var made =
        gateway.admin(
            "POST", "/accounts/" + account + "/keys", "{\"name\":\"k\"%s}".formatted(members));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return json(made).path("key").asString();
  }

  private static void topUp(String account, int amount) throws Exception {
    var given =
        gateway.admin(
            "POST",
            "/accounts/" + account + "/top-ups",
            "{\"amount\":%d,\"idempotency_key\":\"x\"}".formatted(amount));
    assertThat(given.statusCode()).as(given.body()).isEqualTo(201);
  }

  private static HttpResponse<String> chat(RunningGateway at, String key, String members)
      throws Exception {
    return at.send(at.chat(key, members));
  }

  private static JsonNode refused(HttpResponse<String> answer, String limit, String name) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
    JsonNode error = json(answer).path("error");
    assertThat(error.path("code").asInt()).isEqualTo(429);
    assertThat(error.path("message").asString()).startsWith("Rate limit exceeded: " + name);
    JsonNode metadata = error.path("metadata");
    assertThat(metadata.path("error_type").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(metadata.path("provider_name").isNull()).isTrue();
    assertThat(answer.headers().firstValue("X-RateLimit-Limit")).hasValue(limit);
    for (String header :
        List.of("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")) {
      assertThat(metadata.path("headers").path(header).asString())
          .isEqualTo(answer.headers().firstValue(header).orElseThrow());
    }
    assertThat(Long.parseLong(answer.headers().firstValue("Retry-After").orElseThrow()))
        .isPositive();
    return metadata;
  }

  @Test
  void freeModelsAreCappedPerMinuteAndAccount() throws Exception {
    String account = account();
    String one = key(account, "");
    String two = key(account, "");
    int before = provider.requests().size();
    for (int i = 0; i < 20; i++) {
      var answer = chat(gateway, i % 2 == 0 ? one : two, "\"model\":\"acme/alpha:free\"");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(answer.headers().map().keySet())
          .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("x-ratelimit"));
    }
    refused(chat(gateway, one, "\"model\":\"acme/alpha:free\""), "20", "free-models-per-min");
    assertThat(provider.requests()).hasSize(before + 20);
  }

  @Test
  void pastTheCapOfFreeModelsTheNextModelIsTried() throws Exception {
    String account = account();
    topUp(account, 5);
    String key = key(account, "");
    for (int i = 0; i < 20; i++) {
      chat(gateway, key, "\"model\":\"acme/alpha:free\"");
    }
    var paid = chat(gateway, key, "\"models\":[\"acme/alpha:free\",\"acme/alpha\"]");
    assertThat(paid.statusCode()).as(paid.body()).isEqualTo(200);
    assertThat(json(paid).path("model").asString()).isEqualTo("acme/alpha");
  }

  @Test
  void freeModelsAreCappedPerDayUntilCreditIsBought() throws Exception {
    Midnight.waitOutIfNear();
    String account = account();
    String one = key(account, "");
    String two = key(account, "");
    for (int i = 0; i < 50; i++) {
      assertThat(chat(other, i % 2 == 0 ? one : two, "\"model\":\"acme/alpha:free\"").statusCode())
          .isEqualTo(200);
    }
    var answer = chat(other, two, "\"model\":\"acme/alpha:free\"");
    JsonNode metadata = refused(answer, "50", "free-models-per-day. Add 10 credits to unlock 1000");
    assertThat(
            Instant.ofEpochMilli(
                Long.parseLong(metadata.at("/headers/X-RateLimit-Reset").asString())))
        .isBetween(Midnight.next().minusSeconds(30), Midnight.next().plusSeconds(30));
    assertThat(chat(gateway, one, "\"model\":\"acme/alpha:free\"").statusCode())
        .as("on another replica as well")
        .isEqualTo(429);
    topUp(account, 10);
    Eventually.holds(
        "unlocked", () -> chat(other, one, "\"model\":\"acme/alpha:free\"").statusCode() == 200);
  }

  @Test
  void aKeysRequestsPerMinuteHoldOnAllReplicasTogether() throws Exception {
    String account = account();
    topUp(account, 10);
    String key = key(account, ",\"requests_per_minute\":7");
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      statuses.add(
          chat(i % 2 == 0 ? gateway : other, key, "\"model\":\"acme/alpha\"").statusCode());
    }
    assertThat(statuses.stream().filter(status -> status == 200)).hasSize(7);
    assertThat(statuses.stream().filter(status -> status == 429)).hasSize(5);
    refused(chat(gateway, key, "\"model\":\"acme/alpha\""), "7", "requests-per-minute");
    var invalid = chat(gateway, key, "\"model\":\"no/such\"");
    assertThat(invalid.statusCode()).as("what cannot be planned is told first").isEqualTo(400);
  }

  @Test
  void aKeysTokensPerMinuteCountWhatWasUsed() throws Exception {
    String account = account();
    topUp(account, 10);
    String key = key(account, ",\"tokens_per_minute\":200");
    // Each sets aside some hundred tokens and uses twelve: what is left comes back.
    for (int i = 0; i < 8; i++) {
      var answer = chat(gateway, key, "\"model\":\"acme/alpha\",\"max_tokens\":60");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    refused(
        chat(gateway, key, "\"model\":\"acme/alpha\",\"max_tokens\":190"),
        "200",
        "tokens-per-minute");
    refused(
        chat(other, key, "\"model\":\"acme/alpha\",\"max_tokens\":190"),
        "200",
        "tokens-per-minute");
  }
}
