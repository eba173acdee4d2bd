package dev.signalbox.gateway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The sandbox over real HTTP.
class SandboxServerTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final SandboxServer SERVER = new SandboxServer(0);
  private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

  @AfterAll
  static void stop() {
    SERVER.close();
    HTTP.close();
  }

  @BeforeEach
  void atOnceAndWithoutChance() throws Exception {
    for (String provider : List.of("cheap", "steady", "fast")) {
      send("DELETE", "/control/" + provider, "");
      post("/control/" + provider, "{\"failure_rate\": 0, \"first_token_ms\": 0, \"token_ms\": 0}");
    }
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(SERVER.baseUrl() + path))
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return send("POST", path, body);
  }

  private static JsonNode chat(String members) throws Exception {
    var response = post("/fast/v1/chat/completions", "{" + HELLO + "," + members + "}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static JsonNode message(JsonNode answer) {
    return answer.path("choices").path(0).path("message");
  }

  @Test
  void theSamePromptGetsTheSameMarkedText() throws Exception {
    String once = message(chat("\"seed\":1")).path("content").asString();
    assertThat(once)
        .startsWith("Sandbox: ")
        .isEqualTo(message(chat("\"seed\":2")).path("content").asString());
    assertThat(chat("\"seed\":1").path("system_fingerprint").asString())
        .isEqualTo("sandbox-synthetic");
  }

  private static final String SCHEMA =
      """
      {"type":"object","additionalProperties":false,
       "required":["name","age","tags","kind","where","id","even","next"],
       "properties":{
        "name":{"type":"string","minLength":30,"maxLength":40},
        "age":{"type":"integer","minimum":18,"maximum":20},
        "tags":{"type":"array","items":{"enum":["a","b"]},"minItems":3,"maxItems":3},
        "kind":{"const":"person"},
        "where":{"anyOf":[{"$ref":"#/$defs/place"},{"type":"null"}]},
        "id":{"type":"string","format":"uuid"},
        "even":{"type":"integer","minimum":1,"maximum":9,"multipleOf":2},
        "next":{"$ref":"#"},
        "maybe":{"type":["null","boolean"]}},
       "$defs":{"place":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}
      """;

  @Test
  void aJsonSchemaIsFitted() throws Exception {
    String format =
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"p\",\"schema\":"
            + SCHEMA
            + "}}";
    JsonNode answer = chat(format);
    JsonNode person = JSON.readTree(message(answer).path("content").asString());
    assertThat(person.path("name").asString().length()).isBetween(30, 40);
    assertThat(person.path("age").isIntegralNumber()).isTrue();
    assertThat(person.path("age").asInt()).isBetween(18, 20);
    assertThat(person.path("tags")).hasSize(3).allMatch(tag -> "ab".contains(tag.asString()));
    assertThat(person.path("kind").asString()).isEqualTo("person");
    assertThat(person.path("where").path("city").isString()).isTrue();
    assertThat(java.util.UUID.fromString(person.path("id").asString())).isNotNull();
    assertThat(person.path("even").asInt() % 2).isZero();
    assertThat(person.path("maybe").isBoolean()).isTrue();
    assertThat(answer.path("choices").path(0).path("finish_reason").asString()).isEqualTo("stop");
    assertThat(message(chat(format))).isEqualTo(message(answer));
  }

  @Test
  void anyJsonObjectIsOne() throws Exception {
    JsonNode answer = chat("\"response_format\":{\"type\":\"json_object\"}");
    assertThat(JSON.readTree(message(answer).path("content").asString()).isObject()).isTrue();
  }

  @Test
  void stopsAndLimitsEndTheText() throws Exception {
    String all = message(chat("\"seed\":1")).path("content").asString();
    String third = all.split(" ")[3];
    JsonNode stopped = chat("\"stop\":[\"%s\",\"nowhere\"]".formatted(third));
    assertThat(message(stopped).path("content").asString())
        .isEqualTo(all.substring(0, all.indexOf(third)));
    assertThat(stopped.path("choices").path(0).path("finish_reason").asString()).isEqualTo("stop");
    JsonNode limited = chat("\"max_tokens\":3");
    assertThat(all).startsWith(message(limited).path("content").asString());
    assertThat(limited.path("usage").path("completion_tokens").asInt()).isEqualTo(3);
    assertThat(limited.path("choices").path(0).path("finish_reason").asString())
        .isEqualTo("length");
  }

  private static final String TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"first\",\"parameters\":{}}},"
          + "{\"type\":\"function\",\"function\":{\"name\":\"second\",\"parameters\":{\"type\":"
          + "\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}}}]";

  @Test
  void theToolThatIsNamedIsCalled() throws Exception {
    JsonNode call =
        message(
                chat(
                    TOOLS
                        + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"second\"}}"))
            .path("tool_calls")
            .path(0)
            .path("function");
    assertThat(call.path("name").asString()).isEqualTo("second");
    assertThat(JSON.readTree(call.path("arguments").asString()).path("n").isIntegralNumber())
        .isTrue();
    assertThat(
            message(chat(TOOLS))
                .path("tool_calls")
                .path(0)
                .path("function")
                .path("name")
                .asString())
        .isEqualTo("first");
    assertThat(message(chat(TOOLS + ",\"tool_choice\":\"none\"")).has("tool_calls")).isFalse();
    var unknown =
        post(
            "/fast/v1/chat/completions",
            "{"
                + HELLO
                + ","
                + TOOLS
                + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"third\"}}}");
    assertThat(unknown.statusCode()).isEqualTo(400);
    assertThat(unknown.body()).contains("third");
  }

  @Test
  void thoughtsComeFirstAndAreCounted() throws Exception {
    JsonNode answer = chat("\"reasoning\":{\"effort\":\"low\"}");
    assertThat(message(answer).path("reasoning").asString()).isNotEmpty();
    assertThat(
            answer.path("usage").path("completion_tokens_details").path("reasoning_tokens").asInt())
        .isEqualTo(8);
    assertThat(message(chat("\"reasoning\":{\"effort\":\"none\"}")).has("reasoning")).isFalse();
  }

  private static List<JsonNode> stream(String members) throws Exception {
    var response =
        post("/fast/v1/chat/completions", "{" + HELLO + ",\"stream\":true," + members + "}");
    var chunks = new ArrayList<JsonNode>();
    for (String event : response.body().split("\n\n")) {
      if (!event.endsWith("[DONE]")) {
        chunks.add(JSON.readTree(event.substring("data: ".length())));
      }
    }
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    return chunks;
  }

  @Test
  void aStreamSaysWhatAWholeAnswerDoes() throws Exception {
    for (String members :
        new String[] {
          "\"seed\":1",
          "\"reasoning_effort\":\"high\"",
          "\"response_format\":{\"type\":\"json_object\"}"
        }) {
      JsonNode whole = message(chat(members));
      var text = new StringBuilder();
      var thoughts = new StringBuilder();
      for (JsonNode chunk : stream(members)) {
        JsonNode delta = chunk.path("choices").path(0).path("delta");
        text.append(delta.path("content").asString(""));
        thoughts.append(delta.path("reasoning").asString(""));
      }
      assertThat(text.toString()).isEqualTo(whole.path("content").asString());
      assertThat(thoughts.toString()).isEqualTo(whole.path("reasoning").asString(""));
    }
    var arguments = new StringBuilder();
    for (JsonNode chunk :
        stream(
            TOOLS
                + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"second\"}}")) {
      arguments.append(
          chunk
              .path("choices")
              .path(0)
              .path("delta")
              .path("tool_calls")
              .path(0)
              .path("function")
              .path("arguments")
              .asString(""));
    }
    assertThat(JSON.readTree(arguments.toString()).path("n").isIntegralNumber()).isTrue();
    assertThat(stream("\"stream_options\":{\"include_usage\":true}").getLast().has("usage"))
        .isTrue();
    assertThat(stream("\"seed\":1").getLast().has("usage")).isFalse();
  }

  @Test
  void theThreeTakeTheirTime() throws Exception {
    post("/control/cheap", "{\"first_token_ms\": 300, \"token_ms\": 20}");
    long start = System.nanoTime();
    post("/cheap/v1/chat/completions", "{" + HELLO + ",\"max_tokens\":10}");
    long slow = System.nanoTime() - start;
    // 300 + 10 × 20: never sooner.
    assertThat(slow).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
  }

  @Test
  void anOutageTakesChatsAndEmbeddingsDown() throws Exception {
    assertThat(post("/control/steady", "{\"down\": true, \"status\": 529}").statusCode())
        .isEqualTo(200);
    for (String path : List.of("chat/completions", "completions", "embeddings")) {
      assertThat(
              post("/steady/v1/" + path, "{" + HELLO + ",\"prompt\":\"x\",\"input\":\"x\"}")
                  .statusCode())
          .isEqualTo(529);
      assertThat(
              post("/fast/v1/" + path, "{" + HELLO + ",\"prompt\":\"x\",\"input\":\"x\"}")
                  .statusCode())
          .isEqualTo(200);
    }
    send("DELETE", "/control/steady", "");
    JsonNode moods = JSON.readTree(send("GET", "/control", "").body());
    assertThat(moods.path("steady").path("down").asBoolean()).isFalse();
    assertThat(moods.path("steady").path("failure_rate").asDouble()).isEqualTo(0.005);
    assertThat(moods.propertyNames()).containsExactly("cheap", "fast", "steady");
  }

  @Test
  void someFailWhenSomeShould() throws Exception {
    post("/control/fast", "{\"failure_rate\": 0.5, \"status\": 500}");
    int failed = 0;
    for (int i = 0; i < 100; i++) {
      failed += post("/fast/v1/embeddings", "{\"input\":\"x\"}").statusCode() == 500 ? 1 : 0;
    }
    assertThat(failed).isBetween(20, 80);
  }

  @Test
  void theControlRefusesWhatItDoesNotUnderstand() throws Exception {
    assertThat(post("/control/nobody", "{\"down\": true}").statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/control/nobody", "").statusCode()).isEqualTo(404);
    for (String body :
        List.of(
            "{\"down\": tru",
            "",
            "[]",
            "{\"down\": \"yes\"}",
            "{\"dwon\": true}",
            "{\"failure_rate\": 1.5}",
            "{\"failure_rate\": \"1\"}",
            "{\"status\": 200}",
            "{\"token_ms\": -1}")) {
      var refused = post("/control/cheap", body);
      assertThat(refused.statusCode()).as(body).isEqualTo(400);
      assertThat(JSON.readTree(refused.body()).path("error").path("message").asString())
          .isNotBlank();
    }
    assertThat(
            JSON.readTree(send("GET", "/control", "").body())
                .path("cheap")
                .path("down")
                .asBoolean())
        .isFalse();
  }

  @Test
  void brokenRequestsAreTheCallersFault() throws Exception {
    for (String body : List.of("{", "[]", "{\"messages\":[]}", "{\"messages\":7}", "{}")) {
      assertThat(post("/fast/v1/chat/completions", body).statusCode()).as(body).isEqualTo(400);
    }
    assertThat(post("/nobody/v1/chat/completions", "{" + HELLO + "}").statusCode()).isEqualTo(404);
    assertThat(post("/fast/v1/embeddings", "{\"input\":[]}").statusCode()).isEqualTo(400);
  }

  @Test
  void vectorsAreOfUnitLengthInEitherEncoding() throws Exception {
    String input = "\"input\":[\"a\",\"b\"],\"dimensions\":8";
    JsonNode floats =
        JSON.readTree(post("/fast/v1/embeddings", "{" + input + "}").body()).path("data");
    JsonNode packed =
        JSON.readTree(
                post("/fast/v1/embeddings", "{" + input + ",\"encoding_format\":\"base64\"}")
                    .body())
            .path("data");
    assertThat(floats).hasSize(2);
    for (int i = 0; i < 2; i++) {
      var buffer =
          ByteBuffer.wrap(Base64.getDecoder().decode(packed.path(i).path("embedding").asString()))
              .order(ByteOrder.LITTLE_ENDIAN);
      double square = 0;
      assertThat(floats.path(i).path("embedding")).hasSize(8);
      for (JsonNode number : floats.path(i).path("embedding")) {
        assertThat(buffer.getFloat()).isEqualTo(number.floatValue());
        square += number.asDouble() * number.asDouble();
      }
      assertThat(square).isBetween(0.9999, 1.0001);
    }
    assertThat(floats.path(0).path("embedding")).isNotEqualTo(floats.path(1).path("embedding"));
  }
}
