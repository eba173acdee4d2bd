package dev.signalbox.gateway.preset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Presets, kept and used over HTTP, on two gateways.
class PresetsTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path directory;

  private static FakeProvider provider;
  private static DatabaseAddress database;
  private static RunningGateway one;
  private static RunningGateway other;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(
        file,
        """
        providers:
          - {slug: pa, name: PA, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}, supported_parameters: [tools, temperature, top_p, seed, max_tokens, max_completion_tokens]}
          - id: acme/beta
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}, supported_parameters: [tools, temperature]}
        """
            .formatted(provider.url()));
    database = PostgresFixture.migrated();
    one = gateway(file, "one");
    other = gateway(file, "other");
  }

  private static RunningGateway gateway(Path file, String name) throws Exception {
    return new RunningGateway(
        database,
        file,
        directory.resolve(name),
        "--signalbox.pepper=a-pepper-that-both-replicas-have");
  }

  @AfterAll
  static void stop() {
    one.close();
    other.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
  }

  private static JsonNode save(String slug, String shape, String body) throws Exception {
    var response = one.call("POST", "/api/v1/presets/" + slug + "/" + shape, one.key, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response).path("data");
  }

  private static HttpResponse<String> ask(String body) throws Exception {
    return one.call("POST", "/api/v1/chat/completions", one.key, body);
  }

  private static JsonNode sent(String body) throws Exception {
    var response = ask(body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(provider.requests().getLast());
  }

  @Test
  void theRequestWinsAndTheRestOfThePresetIsKept() throws Exception {
    save(
        "calm",
        "chat/completions",
        "{\"model\":\"acme/alpha\",\"temperature\":0.2,\"top_p\":0.5,\"seed\":7,\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"Be"
            + " calm.\"},{\"role\":\"user\",\"content\":\"x\"}]}");
    JsonNode sent =
        sent(
            "{\"preset\":\"calm\",\"temperature\":0.9,\"messages\":[{\"role\":\"user\",\"content\":\"Grüße\"}]}");
    assertThat(sent.path("temperature").decimalValue()).isEqualByComparingTo("0.9");
    assertThat(sent.path("top_p").decimalValue()).isEqualByComparingTo("0.5");
    assertThat(sent.path("seed").asInt()).isEqualTo(7);
    assertThat(sent.path("stream").asBoolean(false)).isFalse();
    assertThat(sent.has("preset")).isFalse();
    assertThat(sent.path("messages")).hasSize(2);
    assertThat(sent.path("messages").path(0).path("content").asString()).isEqualTo("Be calm.");
    assertThat(sent.path("messages").path(1).path("content").asString()).isEqualTo("Grüße");

    JsonNode own =
        sent(
            "{\"model\":\"@preset/calm\",\"messages\":[{\"role\":\"developer\",\"content\":\"Be"
                + " wild.\"},{\"role\":\"user\",\"content\":\"x\"}]}");
    assertThat(own.path("messages")).hasSize(2);
    assertThat(own.path("messages").path(0).path("content").asString()).isEqualTo("Be wild.");

    var answer =
        RunningGateway.json(
            ask(
                "{\"model\":\"acme/beta@preset/calm\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"));
    assertThat(answer.path("model").asString()).isEqualTo("acme/beta");
    assertThat(JSON.readTree(provider.requests().getLast()).path("temperature").decimalValue())
        .isEqualByComparingTo("0.2");
  }

  private static String tool(String name, String description) {
    return "{\"type\":\"function\",\"function\":{\"name\":\"%s\",\"description\":\"%s\"}}"
        .formatted(name, description);
  }

  @Test
  void toolsAreUnited() throws Exception {
    save(
        "armed",
        "chat/completions",
        "{\"model\":\"acme/alpha\",\"tools\":[%s,%s]}"
            .formatted(tool("a", "preset's"), tool("b", "preset's")));
    JsonNode tools =
        sent("{\"preset\":\"armed\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[%s,%s]}"
                .formatted(tool("c", "request's"), tool("a", "request's")))
            .path("tools");
    assertThat(tools).hasSize(3);
    assertThat(tools.path(0).path("function").path("name").asString()).isEqualTo("a");
    assertThat(tools.path(0).path("function").path("description").asString())
        .isEqualTo("request's");
    assertThat(tools.path(1).path("function").path("name").asString()).isEqualTo("b");
    assertThat(tools.path(2).path("function").path("name").asString()).isEqualTo("c");
  }

  @Test
  void eachSaveIsAVersionAndTheLatestIsInForceEverywhere() throws Exception {
    JsonNode first = save("grows", "chat/completions", "{\"model\":\"acme/alpha\",\"seed\":1}");
    assertThat(first.path("designated_version").path("version").asInt()).isEqualTo(1);
    String body = "{\"preset\":\"grows\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    assertThat(other.call("POST", "/api/v1/chat/completions", one.key, body).statusCode())
        .isEqualTo(200);
    assertThat(provider.requests().getLast()).contains("\"seed\":1");
    JsonNode second =
        save("grows", "messages", "{\"model\":\"acme/alpha\",\"max_tokens\":9,\"system\":\"Hm.\"}");
    assertThat(second.path("id")).isEqualTo(first.path("id"));
    assertThat(second.path("designated_version").path("version").asInt()).isEqualTo(2);

    Eventually.holds(
        "the second version is in force",
        () -> {
          other.call("POST", "/api/v1/chat/completions", one.key, body);
          return provider.requests().getLast().contains("\"max_tokens\":9");
        });
    assertThat(provider.requests().getLast())
        .contains("\"max_tokens\":9", "Hm.")
        .doesNotContain("seed");

    JsonNode versions =
        RunningGateway.json(one.call("GET", "/api/v1/presets/grows/versions", one.key, null));
    assertThat(versions.path("total_count").asInt()).isEqualTo(2);
    assertThat(versions.path("data").path(0).path("config").path("seed").asInt()).isEqualTo(1);
    JsonNode version =
        RunningGateway.json(one.call("GET", "/v1/presets/grows/versions/2", one.key, null));
    assertThat(version.path("data").path("system_prompt").asString()).isEqualTo("Hm.");
    JsonNode list = RunningGateway.json(one.call("GET", "/api/v1/presets", one.key, null));
    assertThat(list.path("data").path(0).path("slug").asString()).isEqualTo("grows");
    assertThat(list.path("data").path(0).has("designated_version")).isFalse();
  }

  @Test
  void aBodyOfTheResponsesApiIsKeptAsChatSpellsIt() throws Exception {
    JsonNode config =
        save(
                "flat",
                "responses",
                """
                {"model":"acme/alpha","input":"x","instructions":"Sum up.","max_output_tokens":5,
                 "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}],
                 "text":{"format":{"type":"json_schema","name":"n","schema":{}},"verbosity":"low"}}
                """)
            .path("designated_version")
            .path("config");
    assertThat(config.toString())
        .isEqualTo(
            "{\"model\":\"acme/alpha\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                + "\"parameters\":{\"type\":\"object\"},\"strict\":true}}],\"max_tokens\":5,"
                + "\"verbosity\":\"low\",\"response_format\":{\"type\":\"json_schema\","
                + "\"json_schema\":{\"name\":\"n\",\"schema\":{}}}}");
  }

  @Test
  void eachSurfaceGetsThePresetInItsOwnWords() throws Exception {
    save(
        "shared",
        "chat/completions",
        "{\"model\":\"acme/alpha\",\"max_completion_tokens\":33,\"temperature\":0.4,\"tools\":[%s],"
                .formatted(tool("a", "preset's"))
            + "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"}]}");
    String[][] asked = {
      {"messages", "{\"preset\":\"shared\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"},
      {"responses", "{\"model\":\"@preset/shared\",\"input\":\"x\"}"}
    };
    for (String[] one : asked) {
      var response = PresetsTest.one.call("POST", "/api/v1/" + one[0], PresetsTest.one.key, one[1]);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      JsonNode sent = JSON.readTree(provider.requests().getLast());
      assertThat(sent.path("messages").path(0).path("role").asString()).isEqualTo("system");
      assertThat(sent.path("messages").path(0).path("content").toString()).contains("Be brief.");
      assertThat(sent.path("tools").path(0).path("function").path("name").asString())
          .isEqualTo("a");
      assertThat(sent.path("max_tokens").asInt(sent.path("max_completion_tokens").asInt()))
          .isEqualTo(33);
      assertThat(sent.path("temperature").decimalValue()).isEqualByComparingTo("0.4");
    }
  }

  private static HttpResponse<String> asked(String preset, String text, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(one.base + "/api/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + one.key);
    for (int i = 0; i < headers.length; i += 2) {
      request.header("X-OpenRouter-Cache" + headers[i], headers[i + 1]);
    }
    String body =
        "{\"preset\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(preset, text);
    var response = one.send(request.POST(HttpRequest.BodyPublishers.ofString(body)).build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static String cache(HttpResponse<?> response, String name) {
    return response.headers().firstValue("X-OpenRouter-Cache-" + name).orElse("");
  }

  @Test
  void aPresetSwitchesTheResponseCacheOnOrOffAndSaysHowLong() throws Exception {
    save(
        "kept",
        "chat/completions",
        "{\"model\":\"acme/alpha\",\"cache_enabled\":true,\"cache_ttl_seconds\":60}");
    var miss = asked("kept", "a");
    assertThat(cache(miss, "Status")).isEqualTo("MISS");
    assertThat(cache(miss, "TTL")).isEqualTo("60");
    assertThat(provider.requests().getLast()).doesNotContain("cache_");
    var hit = asked("kept", "a");
    assertThat(cache(hit, "Status")).isEqualTo("HIT");
    assertThat(Integer.parseInt(cache(hit, "TTL"))).isBetween(1, 60);
    assertThat(provider.requests()).hasSize(1);
    // A header's lifetime beats the preset's, and a header may switch the cache off.
    assertThat(cache(asked("kept", "b", "-TTL", "7"), "TTL")).isEqualTo("7");
    assertThat(cache(asked("kept", "a", "", "false"), "Status")).isEmpty();
    assertThat(cache(asked("kept", "a", "-Clear", "true"), "Status")).isEqualTo("MISS");

    save("unkept", "chat/completions", "{\"model\":\"acme/alpha\",\"cache_enabled\":false}");
    for (int i = 0; i < 2; i++) {
      assertThat(cache(asked("unkept", "c", "", "true"), "Status")).isEmpty();
    }
    save("timed", "messages", "{\"model\":\"acme/alpha\",\"cache_ttl_seconds\":999999}");
    assertThat(cache(asked("timed", "d"), "Status")).isEmpty();
    assertThat(cache(asked("timed", "d", "", "true"), "TTL")).isEqualTo("86400");
    for (String wrong : new String[] {"\"cache_enabled\":\"yes\"", "\"cache_ttl_seconds\":\"x\""}) {
      assertThat(
              one.call(
                      "POST",
                      "/api/v1/presets/wrong/chat/completions",
                      one.key,
                      "{\"model\":\"acme/alpha\"," + wrong + "}")
                  .statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void presetsThatAreNotThereAreSaidNotToBe() throws Exception {
    for (String reference :
        new String[] {
          "\"model\":\"@preset/none\"", "\"model\":\"acme/alpha\",\"preset\":\"none\""
        }) {
      var response =
          ask("{" + reference + ",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(response.body()).contains("Preset none not found", "\"error_type\":\"not_found\"");
    }
    assertThat(one.call("GET", "/api/v1/presets/none", one.key, null).statusCode()).isEqualTo(404);
    assertThat(one.call("GET", "/api/v1/presets/none/versions", one.key, null).statusCode())
        .isEqualTo(404);
    assertThat(one.call("GET", "/api/v1/presets", null, null).statusCode()).isEqualTo(401);
    assertThat(one.call("POST", "/api/v1/presets/a%20b/messages", one.key, "{}").statusCode())
        .isEqualTo(400);
    assertThat(one.call("POST", "/api/v1/presets/x/messages", one.key, "[").statusCode())
        .isEqualTo(400);
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void oneAccountsPresetIsNobodyElses() throws Exception {
    save("mine", "chat/completions", "{\"model\":\"acme/alpha\"}");
    PostgresFixture.execute(
        database,
        "INSERT INTO accounts (name) SELECT 'stranger' WHERE NOT EXISTS"
            + " (SELECT FROM accounts WHERE name = 'stranger');"
            + "UPDATE presets SET account_id = (SELECT id FROM accounts WHERE name = 'stranger')"
            + " WHERE slug = 'mine'");
    assertThat(
            ask("{\"preset\":\"mine\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                .statusCode())
        .isEqualTo(404);
    assertThat(one.call("GET", "/api/v1/presets/mine", one.key, null).statusCode()).isEqualTo(404);
  }
}
