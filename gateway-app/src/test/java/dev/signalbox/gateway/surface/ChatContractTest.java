package dev.signalbox.gateway.surface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The contract's assertions on chat and completions, asked of the running gateway.
class ChatContractTest {
  @TempDir static Path directory;
  private static FakeProvider first;
  private static FakeProvider second;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    first = FakeProvider.start();
    second = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: pa, name: Provider A, dialect: openai, base_url: "%s", api_key: secret-a}
              - {slug: pb, name: Provider B, dialect: openai, base_url: "%s", api_key: secret-b, quirks: [no_completions]}
            models:
              - id: acme/alpha
                endpoints:
                  - {provider: pa, upstream_model: alpha-a, pricing: {prompt: "0.000001", completion: "0.000001"}}
                  - {provider: pb, upstream_model: alpha-b, pricing: {prompt: "0.000002", completion: "0.000002"}}
              - id: acme/chatty
                endpoints:
                  - {provider: pb, upstream_model: chat-b, pricing: {prompt: "0", completion: "0"}}
            """
                .formatted(first.url(), second.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    first.close();
    second.close();
  }

  @BeforeEach
  void reset() {
    first.reset();
    second.reset();
    gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
  }

  private static final String PINNED =
      "\"model\":\"acme/alpha\",\"provider\":{\"order\":[\"pa\"]},";

  private static HttpResponse<String> completion(String members) throws Exception {
    return gateway.post("/api/v1/completions", gateway.key(), "{" + members + "}");
  }

  @Test
  void aPlainAnswerHasEveryKeyOfTheContract() throws Exception {
    var response = gateway.chat(PINNED + "\"usage\":{\"include\":false},\"foo\":1");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode body = TestGateway.json(response);
    assertThat(body.path("object").asString()).isEqualTo("chat.completion");
    assertThat(body.path("id").asString()).startsWith("gen-").isEqualTo(TestGateway.idOf(response));
    assertThat(body.path("created").isIntegralNumber()).isTrue();
    assertThat(body.has("system_fingerprint")).isTrue();
    assertThat(body.path("provider").asString()).isEqualTo("Provider A");
    assertThat(body.path("model").asString()).isEqualTo("acme/alpha");
    JsonNode choice = body.path("choices").path(0);
    for (String key : List.of("index", "finish_reason", "native_finish_reason")) {
      assertThat(choice.has(key)).as(key).isTrue();
    }
    assertThat(choice.path("message").path("role").asString()).isEqualTo("assistant");
    JsonNode usage = body.path("usage");
    assertThat(usage.path("total_tokens").asInt())
        .isEqualTo(usage.path("prompt_tokens").asInt() + usage.path("completion_tokens").asInt());
    assertThat(usage.path("cost").decimalValue()).isEqualByComparingTo("0.000012");
    assertThat(usage.path("is_byok").isBoolean()).isTrue();
    JsonNode details = usage.path("cost_details");
    assertThat(details.path("upstream_inference_prompt_cost").isNumber()).isTrue();
    assertThat(details.path("upstream_inference_completions_cost").isNumber()).isTrue();
  }

  @Test
  void whatIsNotOursReachesTheProviderAndWhatIsDoesNot() throws Exception {
    gateway.chat(
        PINNED
            + "\"temperature\":1.0,\"safe_prompt\":true,\"n\":3,\"user\":\"jane\","
            + "\"trace\":{\"trace_id\":\"t\"},\"plugins\":[],\"session_id\":\"s\"");
    JsonNode sent = TestGateway.JSON.readTree(first.requests().getFirst());
    assertThat(first.requests().getFirst()).contains("\"temperature\":1.0");
    assertThat(sent.path("safe_prompt").asBoolean()).isTrue();
    assertThat(sent.path("user").asString()).startsWith("user-").doesNotContain("jane");
    for (String ours : List.of("provider", "n", "trace", "plugins", "session_id", "top_p")) {
      assertThat(sent.has(ours)).as(ours).isFalse();
    }
  }

  @Test
  void badRequestsAreRefusedWithTheirStatusAsANumber() throws Exception {
    for (String members :
        List.of(
            "\"model\":\"acme/alpha\",\"messages\":[]",
            "\"model\":\"acme/alpha\"",
            "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]",
            "\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\"]",
            "\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"models\":[\"a\",\"b\",\"c\",\"d\"]",
            "\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"reasoning_effort\":\"high\",\"reasoning\":{\"effort\":\"low\"}",
            "\"model\":")) {
      var refused = gateway.post("/api/v1/chat/completions", gateway.key(), "{" + members + "}");
      assertThat(refused.statusCode()).as(members).isEqualTo(400);
      JsonNode error = TestGateway.json(refused).path("error");
      assertThat(error.path("code").asInt()).isEqualTo(400);
      assertThat(error.path("message").isString()).isTrue();
    }
    assertThat(first.requests()).isEmpty();
  }

  @Test
  void aStreamRepeatsItsHeadAndTellsUsageOnceAtTheEnd() throws Exception {
    for (String options : List.of("", "\"stream_options\":{\"include_usage\":false},")) {
      var response = gateway.chat(PINNED + options + "\"stream\":true");
      assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream");
      assertThat(response.body()).endsWith("data: [DONE]\n\n");
      List<Sse> events = Sse.read(response.body());
      List<Sse> chunks = events.subList(0, events.size() - 1);
      int usages = 0;
      for (Sse event : chunks) {
        JsonNode chunk = event.json();
        assertThat(event.name()).isEmpty();
        assertThat(chunk.path("id").asString()).isEqualTo(TestGateway.idOf(response));
        assertThat(chunk.path("object").asString()).isEqualTo("chat.completion.chunk");
        assertThat(chunk.path("model").asString()).isEqualTo("acme/alpha");
        assertThat(chunk.path("provider").asString()).isEqualTo("Provider A");
        assertThat(chunk.path("system_fingerprint").isNull()).isFalse();
        for (JsonNode choice : chunk.path("choices")) {
          for (String key : List.of("index", "delta", "finish_reason")) {
            assertThat(choice.has(key)).as(key).isTrue();
          }
        }
        usages += chunk.has("usage") ? 1 : 0;
      }
      assertThat(usages).isEqualTo(1);
      JsonNode last = chunks.getLast().json();
      assertThat(last.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000012");
      assertThat(last.path("choices").path(0).path("finish_reason").asString()).isEqualTo("stop");
    }
  }

  @Test
  void aCallerMaySeeWhatEachProviderWasAsked() throws Exception {
    first.usually(FakeProvider.raw(500, "{}"));
    var response = gateway.chat(PINNED + "\"stream\":true,\"debug\":{\"echo_upstream_body\":true}");
    List<Sse> events = Sse.read(response.body());
    for (int i = 0; i < 2; i++) {
      JsonNode chunk = events.get(i).json();
      assertThat(chunk.path("choices").isEmpty()).isTrue();
      JsonNode body = chunk.path("debug").path("echo_upstream_body");
      assertThat(body.path("model").asString()).isEqualTo(i == 0 ? "alpha-a" : "alpha-b");
      assertThat(body.path("messages").path(0).path("content").asString()).isEqualTo("hello");
    }
    assertThat(events.get(2).json().has("debug")).isFalse();
    assertThat(response.body()).doesNotContain("secret-a").doesNotContain("secret-b");

    var plain = gateway.chat(PINNED + "\"debug\":{\"echo_upstream_body\":true}");
    assertThat(plain.body()).doesNotContain("echo_upstream_body");
    second.usually(FakeProvider.raw(500, "{}"));
    var failed = gateway.chat(PINNED + "\"stream\":true,\"debug\":{\"echo_upstream_body\":true}");
    assertThat(failed.statusCode()).isEqualTo(503);
    assertThat(failed.headers().firstValue("content-type")).hasValue("application/json");
  }

  @Test
  void aBrokenStreamEndsInAChunkWithItsError() throws Exception {
    first.usually(FakeProvider.breaksAfter("some", "words"));
    var response = gateway.chat(PINNED + "\"stream\":true");
    JsonNode last = Sse.read(response.body()).getLast().json();
    assertThat(last.path("error").path("code").isIntegralNumber()).isTrue();
    assertThat(last.path("error").path("metadata").path("error_type").asString())
        .isEqualTo("provider_unavailable");
    assertThat(last.path("choices").path(0).path("finish_reason").asString()).isEqualTo("error");
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void aProvidersWordForTheEndIsKeptBesideOurs() throws Exception {
    first.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"u\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"x\"},"
                + "\"finish_reason\":\"max_tokens\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"));
    JsonNode choice = TestGateway.json(gateway.chat(PINNED + "\"seed\":1")).path("choices").path(0);
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    assertThat(choice.path("native_finish_reason").asString()).isEqualTo("max_tokens");
  }

  @Test
  void aPromptInAChatIsAnsweredAsText() throws Exception {
    for (boolean stream : List.of(false, true)) {
      var response =
          gateway.post(
              "/api/v1/chat/completions",
              gateway.key(),
              "{" + PINNED + "\"prompt\":\"hello\",\"stream\":" + stream + "}");
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      JsonNode answer =
          stream ? Sse.read(response.body()).getFirst().json() : TestGateway.json(response);
      assertThat(answer.path("choices").path(0).path("text").asString()).startsWith("Hi");
    }
    assertThat(TestGateway.JSON.readTree(first.requests().getFirst()).path("messages"))
        .isEqualTo(TestGateway.JSON.readTree("[{\"role\":\"user\",\"content\":\"hello\"}]"));
  }

  @Test
  void completionsPassThroughOrBecomeAChatOfOneTurn() throws Exception {
    first.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"u\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"Hi\",\"logprobs\":null,"
                + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"));
    var passed = completion(PINNED + "\"prompt\":[\"a\",\"b\"],\"echo\":true,\"best_of\":2");
    assertThat(passed.statusCode()).as(passed.body()).isEqualTo(200);
    assertThat(first.heads().getFirst().path()).isEqualTo("/v1/completions");
    assertThat(first.requests().getFirst()).contains("[\"a\",\"b\"]", "\"echo\":true");
    JsonNode body = TestGateway.json(passed);
    assertThat(body.path("object").asString()).isEqualTo("text_completion");
    assertThat(body.path("choices").path(0).path("text").asString()).isEqualTo("Hi");
    assertThat(body.path("usage").path("cost").decimalValue()).isEqualByComparingTo("0.000002");

    var made = completion("\"model\":\"acme/chatty\",\"prompt\":\"Once\",\"echo\":true");
    assertThat(second.heads().getFirst().path()).isEqualTo("/v1/chat/completions");
    assertThat(TestGateway.json(made).path("object").asString()).isEqualTo("text_completion");
    assertThat(TestGateway.json(made).path("choices").path(0).path("text").asString())
        .isEqualTo("OnceHi there");
    var streamed = completion("\"model\":\"acme/chatty\",\"prompt\":[\"Once\"],\"stream\":true");
    assertThat(streamed.body()).endsWith("data: [DONE]\n\n");
    var text = new StringBuilder();
    List<Sse> events = Sse.read(streamed.body());
    for (Sse event : events.subList(0, events.size() - 1)) {
      assertThat(event.json().path("object").asString()).isEqualTo("text_completion");
      text.append(event.json().path("choices").path(0).path("text").asString(""));
    }
    assertThat(text.toString()).isEqualTo("Hithere");
    assertThat(completion("\"model\":\"acme/chatty\",\"prompt\":[\"a\",\"b\"]").statusCode())
        .isEqualTo(400);
    assertThat(completion("\"model\":\"acme/chatty\"").statusCode()).isEqualTo(400);
  }
}
