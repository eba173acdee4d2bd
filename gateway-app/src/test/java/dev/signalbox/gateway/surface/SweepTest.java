package dev.signalbox.gateway.surface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Requests that are wrong, odd or hostile, on every surface and to every dialect: none is answered
/// with a 5xx or not at all, and each refusal has its surface's shape.
class SweepTest {
  private static final List<String> DIALECTS =
      List.of(
          "openai", "responses", "azure", "anthropic", "gemini", "bedrock", "mistral", "cohere");

  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "0",
          "1.5",
          "1e999999999",
          "99999999999999999999999999",
          "\"x\"",
          "\"\\ud800\"",
          "[]",
          "[null]",
          "[1,\"x\",{}]",
          "{}",
          "{\"type\":\"x\",\"name\":7,\"effort\":[]}");

  private static final List<String> FIELDS =
      List.of(
          "model",
          "models",
          "messages",
          "input",
          "prompt",
          "stream",
          "stream_options",
          "max_tokens",
          "max_completion_tokens",
          "max_output_tokens",
          "temperature",
          "top_p",
          "top_k",
          "min_p",
          "frequency_penalty",
          "repetition_penalty",
          "seed",
          "n",
          "stop",
          "stop_sequences",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "response_format",
          "text",
          "reasoning",
          "reasoning_effort",
          "thinking",
          "output_config",
          "system",
          "instructions",
          "provider",
          "plugins",
          "transforms",
          "preset",
          "user",
          "session_id",
          "metadata",
          "service_tier",
          "fallbacks",
          "modalities",
          "prediction",
          "debug",
          "trace",
          "usage",
          "cache_control",
          "encoding_format",
          "dimensions",
          "include");

  /// Turns that no client should send, and some do.
  private static final List<String> TURNS =
      List.of(
          "null",
          "1",
          "\"x\"",
          "[]",
          "{}",
          "{\"role\":1,\"content\":\"x\"}",
          "{\"role\":\"alien\",\"content\":\"x\"}",
          "{\"role\":\"user\"}",
          "{\"role\":\"user\",\"content\":null}",
          "{\"role\":\"user\",\"content\":\"\"}",
          "{\"role\":\"user\",\"content\":[]}",
          "{\"role\":\"user\",\"content\":7}",
          "{\"role\":\"user\",\"content\":{}}",
          "{\"role\":\"user\",\"content\":[null,1,\"x\",[]]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":[]}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"hologram\",\"x\":1}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":\"x\"}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:;;base64,%%%\"}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:\"}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"javascript:alert(1)\"}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":7}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":{}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"!\",\"format\":1}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf\"}}]}",
          "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"nobody\",\"content\":[{}]}]}",
          "{\"role\":\"assistant\",\"content\":null}",
          "{\"role\":\"assistant\",\"content\":\"x\",\"tool_calls\":{}}",
          "{\"role\":\"assistant\",\"tool_calls\":[1,{},{\"function\":[]},{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}",
          "{\"role\":\"assistant\",\"content\":\"x\",\"reasoning_details\":[1,{\"type\":\"reasoning.text\",\"text\":{}}]}",
          "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":1,\"input\":\"x\"},{\"type\":\"thinking\"}]}",
          "{\"role\":\"tool\",\"content\":\"x\"}",
          "{\"role\":\"tool\",\"tool_call_id\":\"nobody\",\"content\":\"x\"}",
          "{\"role\":\"tool\",\"tool_call_id\":7,\"content\":[1]}",
          "{\"role\":\"system\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}",
          "{\"type\":\"function_call_output\",\"call_id\":\"nobody\",\"output\":7}",
          "{\"type\":\"function_call\",\"call_id\":7,\"name\":null,\"arguments\":{}}",
          "{\"type\":\"reasoning\",\"summary\":\"x\",\"content\":7}",
          "{\"type\":\"item_reference\",\"id\":\"x\"}",
          "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\"}]}");

  @TempDir static Path directory;
  private static final Map<String, FakeProvider> PROVIDERS = new LinkedHashMap<>();
  private static FakeProvider vectors;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    var catalog = new StringBuilder("providers:\n");
    for (String dialect : DIALECTS) {
      FakeProvider provider = FakeProvider.start();
      PROVIDERS.put(dialect, provider);
      String key =
          switch (dialect) {
            case "responses" -> "openai-responses";
            case "azure" -> "azure-openai";
            default -> dialect;
          };
      catalog.append(
          "  - {slug: %s, dialect: %s, base_url: \"%s\", api_key: secret}\n"
              .formatted(dialect, key, provider.url()));
    }
    vectors = FakeProvider.start();
    vectors.usually(
        FakeProvider.raw(
            200, "{\"data\":[{\"index\":0,\"embedding\":[0.5]}],\"usage\":{\"prompt_tokens\":3}}"));
    catalog.append(
        "  - {slug: vectors, dialect: openai, base_url: \"%s\"}\nmodels:\n"
            .formatted(vectors.url()));
    for (String dialect : DIALECTS) {
      catalog.append(
          """
            - id: acme/%s
              context_length: 200000
              architecture: {input_modalities: [text, image, audio, video, file], output_modalities: [text]}
              endpoints: [{provider: %s, upstream_model: "amazon.nova-x", pricing: {prompt: "0", completion: "0"}}]
          """
              .formatted(dialect, dialect));
    }
    catalog.append(
        """
          - id: acme/vectors
            architecture: {input_modalities: [text], output_modalities: [embeddings]}
            endpoints: [{provider: vectors, pricing: {prompt: "0", completion: "0"}}]
        """);
    gateway = new TestGateway(directory, catalog.toString());
    answer();
  }

  private static void answer() {
    PROVIDERS.forEach(
        (dialect, provider) -> {
          switch (dialect) {
            case "anthropic" ->
                provider.usually(
                    FakeProvider.raw(
                        200,
                        "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}],\"stop_reason\":\"end_turn\","
                            + "\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}"));
            case "gemini" ->
                provider.usually(
                    FakeProvider.raw(
                        200,
                        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]},\"finishReason\":\"STOP\"}]}"));
            case "bedrock" ->
                provider.usually(
                    FakeProvider.raw(
                        200,
                        "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"Hi\"}]}},\"stopReason\":\"end_turn\"}"));
            case "cohere" ->
                provider.usually(
                    FakeProvider.raw(
                        200,
                        "{\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},\"finish_reason\":\"COMPLETE\"}"));
            case "responses" ->
                provider.usually(
                    FakeProvider.raw(
                        200,
                        "{\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"role\":\"assistant\",\"content\":"
                            + "[{\"type\":\"output_text\",\"text\":\"Hi\"}]}]}"));
            default -> {}
          }
        });
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    PROVIDERS.values().forEach(FakeProvider::close);
    vectors.close();
  }

  private static String valid(String surface, String model) {
    String turns = "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
    return switch (surface) {
      case "embeddings" -> "\"model\":\"acme/vectors\",\"input\":\"x\"";
      case "responses" -> "\"model\":\"" + model + "\",\"input\":\"x\"";
      case "messages" -> "\"model\":\"" + model + "\",\"max_tokens\":9," + turns;
      default -> "\"model\":\"" + model + "\"," + turns;
    };
  }

  /// Returns the body of a request with one field put in another's place.
  private static String with(String surface, String model, String field, String value) {
    JsonNode body = TestGateway.JSON.readTree("{" + valid(surface, model) + "}");
    var json = new StringBuilder("{\"" + field + "\":" + value);
    body.properties()
        .forEach(
            member -> {
              if (!member.getKey().equals(field)) {
                json.append(",\"" + member.getKey() + "\":" + member.getValue());
              }
            });
    return json.append('}').toString();
  }

  private static HttpResponse<String> ask(String surface, byte[] body, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(gateway.base() + "/api/v1/" + surface))
            .header("Authorization", "Bearer " + gateway.key())
            .timeout(Eventually.PATIENCE)
            .POST(BodyPublishers.ofByteArray(body));
    if (headers.length == 0) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return gateway.send(request);
  }

  /// Adds what is wrong with an answer, if anything is.
  private static void judge(
      String surface, HttpResponse<String> answer, String asked, List<String> wrong) {
    int status = answer.statusCode();
    String seen = surface + " " + status + ": " + asked + " -> " + answer.body();
    if (status >= 500) {
      wrong.add(seen);
    } else if (status >= 400 && !hasItsShape(surface, status, answer)) {
      wrong.add("shape: " + seen);
    }
  }

  private static boolean hasItsShape(String surface, int status, HttpResponse<String> answer) {
    if (!answer.headers().firstValue("content-type").orElse("").startsWith("application/json")) {
      return false;
    }
    JsonNode body = TestGateway.json(answer);
    if (!body.at("/error/message").isString() || body.at("/error/message").asString().isEmpty()) {
      return false;
    }
    return surface.startsWith("messages")
        ? body.path("type").asString("").equals("error")
            && body.at("/error/type").isString()
            && body.has("request_id")
        : body.at("/error/code").asInt(0) == status
            && (!surface.equals("responses") || body.path("error_type").isString());
  }

  @Test
  void noFieldOfAWrongKindIsMoreThanTheCallersMistake() throws Exception {
    var wrong = new ArrayList<String>();
    for (String surface : List.of("chat/completions", "embeddings", "messages", "responses")) {
      for (String field : FIELDS) {
        for (String value : VALUES) {
          String body = with(surface, "acme/openai", field, value);
          judge(surface, ask(surface, body.getBytes(StandardCharsets.UTF_8)), body, wrong);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void noOddTurnIsMoreThanTheCallersMistakeInAnyDialect() throws Exception {
    var wrong = new ArrayList<String>();
    for (String dialect : DIALECTS) {
      for (String surface : List.of("chat/completions", "messages", "responses")) {
        String field = surface.equals("responses") ? "input" : "messages";
        for (String turn : TURNS) {
          gateway.context().getBean(Breakers.class).forget();
          String body = with(surface, "acme/" + dialect, field, "[" + turn + "]");
          judge(
              surface,
              ask(surface, body.getBytes(StandardCharsets.UTF_8)),
              dialect + " " + body,
              wrong);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void noBytesAreMoreThanTheCallersMistake() throws Exception {
    var wrong = new ArrayList<String>();
    for (String surface : List.of("chat/completions", "messages", "responses", "embeddings")) {
      String valid = "{" + valid(surface, "acme/openai") + "}";
      var bodies = new LinkedHashMap<String, byte[]>();
      bodies.put("empty", new byte[0]);
      bodies.put("blank", " \n".getBytes(StandardCharsets.UTF_8));
      bodies.put("no JSON", "hello".getBytes(StandardCharsets.UTF_8));
      bodies.put("half", valid.substring(0, valid.length() / 2).getBytes(StandardCharsets.UTF_8));
      bodies.put("array", "[]".getBytes(StandardCharsets.UTF_8));
      bodies.put("after the end", (valid + "{}").getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "twice",
          with(surface, "acme/openai", "user", "\"a\",\"user\":\"b\"")
              .getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "invalid UTF-8",
          with(surface, "acme/openai", "user", "\"\u00ff\u00fe\"")
              .getBytes(StandardCharsets.ISO_8859_1));
      bodies.put("UTF-16", valid.getBytes(StandardCharsets.UTF_16));
      bodies.put("with a mark", ("\ufeff" + valid).getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "NUL",
          with(surface, "acme/openai", "user", "\"\\u0000\"").getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "deep",
          with(surface, "acme/openai", "foo", "[".repeat(200_000))
              .getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "deep and closed",
          with(surface, "acme/openai", "tools", "[".repeat(5_000) + "]".repeat(5_000))
              .getBytes(StandardCharsets.UTF_8));
      bodies.put(
          "many members",
          ("{" + valid(surface, "acme/openai") + members(20_000) + "}")
              .getBytes(StandardCharsets.UTF_8));
      for (var one : bodies.entrySet()) {
        judge(surface, ask(surface, one.getValue()), one.getKey(), wrong);
      }
      byte[] body = valid.getBytes(StandardCharsets.UTF_8);
      var text = ask(surface, body, "Content-Type", "text/plain");
      judge(surface, text, "text/plain", wrong);
      var gzip = ask(surface, body, "Content-Encoding", "gzip");
      judge(surface, gzip, "gzip", wrong);
      assertThat(gzip.statusCode()).isEqualTo(415);
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void noEscapeInALongTextIsMoreThanTheCallersMistake() throws Exception {
    var wrong = new ArrayList<String>();
    for (String dialect : DIALECTS) {
      for (String surface : List.of("chat/completions", "messages", "responses")) {
        String field = surface.equals("responses") ? "input" : "messages";
        String system = surface.equals("messages") ? "system" : "instructions";
        for (String fault : List.of("\\x", "\\u12", "\\uzzzz", "\\ud800", "\t", "\u0000")) {
          gateway.context().getBean(Breakers.class).forget();
          String text = "\"" + "a ".repeat(1_000) + fault + " b".repeat(1_000) + "\"";
          String turn = "[{\"role\":\"user\",\"content\":" + text + "}]";
          String parts =
              "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":" + text + "}]}]";
          String called =
              "[{\"role\":\"user\",\"content\":\"x\"},"
                  + "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\","
                  + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                  + "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":%s}]".formatted(text);
          String shortened = turn + ",\"plugins\":[{\"id\":\"context-compression\"}]";
          for (var one :
              List.of(
                  Map.entry(field, turn),
                  Map.entry(field, parts),
                  Map.entry(field, called),
                  Map.entry(field, shortened),
                  Map.entry(system, text),
                  Map.entry("user", text),
                  Map.entry("metadata", "{\"k\":" + text + "}"),
                  Map.entry("stop", "[" + text + "]"))) {
            String body = with(surface, "acme/" + dialect, one.getKey(), one.getValue());
            var answer = ask(surface, body.getBytes(StandardCharsets.UTF_8));
            judge(surface, answer, dialect + " " + body, wrong);
            if (fault.charAt(0) < ' ') {
              assertThat(answer.statusCode()).as(body).isEqualTo(400);
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static String members(int count) {
    var json = new StringBuilder();
    for (int i = 0; i < count; i++) {
      json.append(",\"m").append(i).append("\":").append(i);
    }
    return json.toString();
  }

  @Test
  void otherMethodsAndPathsAreSaidNotToBe() throws Exception {
    var wrong = new ArrayList<String>();
    for (String surface : List.of("chat/completions", "messages", "responses", "embeddings")) {
      for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "PATCH")) {
        var answer =
            gateway.send(
                gateway
                    .request("/api/v1/" + surface, gateway.key())
                    .method(method, BodyPublishers.noBody()));
        if (!method.equals("HEAD")) {
          judge(surface, answer, method, wrong);
        }
        assertThat(answer.statusCode()).as(method + " " + surface).isEqualTo(405);
      }
      for (String path :
          List.of("/api/v1/" + surface + "/", "/api/v1//" + surface, "/api//v1/" + surface)) {
        var answer =
            gateway.send(
                gateway
                    .request(path, gateway.key())
                    .POST(BodyPublishers.ofString("{" + valid(surface, "acme/openai") + "}")));
        if (answer.statusCode() >= 400) {
          assertThat(TestGateway.json(answer).at("/error/message").isString()).as(path).isTrue();
        }
        assertThat(answer.statusCode()).as(path).isIn(200, 404);
      }
    }
    // A provider's own API is not reached unless the operator has switched that on.
    var own = gateway.send(gateway.request("/api/v1/providers/openai/files", gateway.key()).GET());
    judge("chat/completions", own, "pass-through", wrong);
    assertThat(own.statusCode()).isEqualTo(404);
    assertThat(wrong).isEmpty();
  }
}
