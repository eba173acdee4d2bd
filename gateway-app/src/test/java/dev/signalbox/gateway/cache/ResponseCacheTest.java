package dev.signalbox.gateway.cache;

import static dev.signalbox.gateway.provider.TestGateway.idOf;
import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.provider.TestGateway;
import java.math.BigDecimal;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The response cache in the running gateway (contract, C273 to C276).
class ResponseCacheTest {
  @TempDir static Path directory;

  private static FakeProvider provider;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    gateway =
        new TestGateway(
            directory,
            """
            providers: [{slug: acme, name: Acme, dialect: openai, base_url: "%s"}]
            models:
              - id: acme/alpha
                endpoints: [{provider: acme, pricing: {prompt: "0.000001", completion: "0.000002"}}]
              - id: acme/vectors
                architecture: {input_modalities: [text], output_modalities: [embeddings], tokenizer: GPT}
                endpoints: [{provider: acme, pricing: {prompt: "0.000001", completion: "0"}}]
            """
                .formatted(provider.url()));
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
  }

  private static HttpResponse<String> ask(String key, String body, String... headers)
      throws Exception {
    var request =
        gateway.request("/api/v1/chat/completions", key).POST(BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return gateway.send(request);
  }

  private static String body(String text, String more) {
    return "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
        .formatted(text, more);
  }

  private static HttpResponse<String> cached(String body, String... more) throws Exception {
    var headers = new String[more.length + 2];
    headers[0] = "X-OpenRouter-Cache";
    headers[1] = "true";
    System.arraycopy(more, 0, headers, 2, more.length);
    return ask(gateway.key(), body, headers);
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue("X-OpenRouter-Cache-" + name).orElse("");
  }

  @Test
  void theSecondTimeNobodyIsAskedAndNothingIsCharged() throws Exception {
    provider.next(FakeProvider.answers("only once"));
    var first = cached(body("a", ""), "X-OpenRouter-Metadata", "enabled");
    assertThat(header(first, "Status")).isEqualTo("MISS");
    assertThat(header(first, "TTL")).isEqualTo("300");
    assertThat(json(first).has("openrouter_metadata")).isTrue();
    var second =
        cached(
            " { \"model\" : \"acme/alpha\",\n"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(header(second, "Status")).isEqualTo("HIT");
    assertThat(header(second, "Source-Id")).isEqualTo(idOf(first));
    assertThat(Long.parseLong(header(second, "Age"))).isBetween(0L, 60L);
    assertThat(Long.parseLong(header(second, "TTL"))).isBetween(240L, 300L);
    assertThat(provider.requests()).hasSize(1);
    JsonNode again = json(second);
    assertThat(again.path("id").asString()).isEqualTo(idOf(second)).isNotEqualTo(idOf(first));
    assertThat(again.path("choices")).isEqualTo(json(first).path("choices"));
    assertThat(again.has("openrouter_metadata")).isFalse();
    for (JsonNode number : again.path("usage")) {
      assertThat(number.isNumber() && number.decimalValue().signum() != 0)
          .as(second.body())
          .isFalse();
    }
    assertThat(again.path("usage").path("cost").isNumber()).isTrue();
    var row = gateway.row(idOf(second));
    assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0");
    assertThat(row.get("fresh_prompt_tokens")).isEqualTo(0L);
    var generation =
        gateway.send(gateway.request("/api/v1/generation?id=" + idOf(second), gateway.key()).GET());
    assertThat(json(generation).path("data").path("response_cache_source_id").asString())
        .isEqualTo(idOf(first));
  }

  @Test
  void aStreamIsGivenAgainAsAStream() throws Exception {
    provider.next(FakeProvider.answers("three small words"));
    var first = cached(body("s", ",\"stream\":true"));
    var second = cached(body("s", ",\"stream\":true"));
    assertThat(header(second, "Status")).isEqualTo("HIT");
    assertThat(second.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(second.body())
        .endsWith("data: [DONE]\n\n")
        .contains(idOf(second))
        .doesNotContain(idOf(first))
        .contains("\"prompt_tokens\":0", "\"completion_tokens\":0", "\"cost\":0");
    assertThat(second.body().split("\n\n")).hasSameSizeAs(first.body().split("\n\n"));
    assertThat(provider.requests()).hasSize(1);
    // The same words asked for whole are another answer.
    assertThat(header(cached(body("s", "")), "Status")).isEqualTo("MISS");
  }

  @Test
  void anotherOrderKeyOrSpelledOutDefaultIsAnotherRequest() throws Exception {
    cached(body("o", ",\"temperature\":1"));
    assertThat(header(cached(body("o", ",\"temperature\":1")), "Status")).isEqualTo("HIT");
    assertThat(
            header(
                cached(
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"o\"}],\"model\":\"acme/alpha\",\"temperature\":1}"),
                "Status"))
        .isEqualTo("MISS");
    assertThat(header(cached(body("o", ",\"temperature\":1.0")), "Status")).isEqualTo("MISS");
    assertThat(header(cached(body("o", "")), "Status")).isEqualTo("MISS");
    assertThat(header(cached(body("o ", ",\"temperature\":1")), "Status")).isEqualTo("MISS");
    String other = gateway.newKey("{\"name\":\"other\"}");
    assertThat(
            header(
                ask(other, body("o", ",\"temperature\":1"), "X-OpenRouter-Cache", "true"),
                "Status"))
        .isEqualTo("MISS");
    // Headers are no part of it.
    assertThat(header(cached(body("o", ",\"temperature\":1"), "X-Title", "x"), "Status"))
        .isEqualTo("HIT");
  }

  @Test
  void withoutTheHeaderNothingIsKeptOrGiven() throws Exception {
    for (String value : new String[] {"false", "yes", ""}) {
      var one = ask(gateway.key(), body("n", ""), "X-OpenRouter-Cache", value);
      assertThat(header(one, "Status")).isEmpty();
    }
    assertThat(header(cached(body("n", "")), "Status")).isEqualTo("MISS");
  }

  @Test
  void lifetimesAreReadLeniently() throws Exception {
    String[][] cases = {
      {"60abc", "60"}, {"1.5", "1"}, {"abc", "300"}, {"999999", "86400"}, {"0", "1"}
    };
    for (String[] one : cases) {
      assertThat(header(cached(body("ttl " + one[0], ""), "X-OpenRouter-Cache-TTL", one[0]), "TTL"))
          .as(one[0])
          .isEqualTo(one[1]);
    }
  }

  @Test
  void clearingAsksAgainAndKeepsAnew() throws Exception {
    cached(body("c", ""));
    assertThat(header(cached(body("c", ""), "X-OpenRouter-Cache-Clear", "true"), "Status"))
        .isEqualTo("MISS");
    assertThat(provider.requests()).hasSize(2);
    assertThat(header(cached(body("c", "")), "Status")).isEqualTo("HIT");
  }

  @Test
  void errorsAndBrokenStreamsAreNotKept() throws Exception {
    provider.next(FakeProvider.raw(400, "{\"error\":{\"message\":\"no\"}}"));
    assertThat(cached(body("e", "")).statusCode()).isEqualTo(400);
    assertThat(header(cached(body("e", "")), "Status")).isEqualTo("MISS");
    provider.next(FakeProvider.breaksAfter("one", "two"));
    cached(body("b", ",\"stream\":true"));
    assertThat(header(cached(body("b", ",\"stream\":true")), "Status")).isEqualTo("MISS");
  }

  @Test
  void embeddingsAreKeptToo() throws Exception {
    provider.usually(
        FakeProvider.raw(
            200,
            "{\"data\":[{\"index\":0,\"embedding\":[0.5]}],\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}"));
    HttpResponse<String> last = null;
    for (int i = 0; i < 2; i++) {
      last =
          gateway.send(
              gateway
                  .request("/api/v1/embeddings", gateway.key())
                  .header("X-OpenRouter-Cache", "true")
                  .POST(BodyPublishers.ofString("{\"model\":\"acme/vectors\",\"input\":\"x\"}")));
    }
    assertThat(header(last, "Status")).isEqualTo("HIT");
    assertThat(json(last).path("data").path(0).path("embedding").path(0).asDouble()).isEqualTo(0.5);
    assertThat(json(last).path("usage").path("prompt_tokens").asInt(-1)).isZero();
  }

  @Test
  void anEntryLivesAsLongAsItWasTold() {
    var now = new AtomicLong();
    Ticker ticker = now::get;
    var cache = new ResponseCache(1_000_000, 1_000, ticker);
    cache.keep("k", new CachedAnswer("gen-1", Instant.EPOCH, new byte[10], null, 60));
    now.addAndGet(TimeUnit.SECONDS.toNanos(59));
    assertThat(cache.find("k")).isNotNull();
    now.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertThat(cache.find("k")).isNull();
    cache.keep("long", new CachedAnswer("gen-2", Instant.EPOCH, new byte[1_001], null, 60));
    assertThat(cache.find("long")).isNull();
  }

  @Test
  void textThatLooksLikeUsageIsNotTouched() {
    String text =
        "{\"id\":\"gen-1\",\"created\":5,\"choices\":[{\"message\":{\"content\":\"say"
            + " \\\"usage\\\":{\\\"a\\\":7} 12\"}}],"
            + "\"usage\":{\"prompt_tokens\":7,\"details\":{\"x\":-1.5e3,\"note\":\"9\"},\"cost\":null}}";
    byte[] again =
        Replay.of(
            new CachedAnswer(
                "gen-1",
                Instant.ofEpochSecond(5),
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                null,
                1),
            "gen-2",
            9);
    assertThat(new String(again, java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"id\":\"gen-2\",\"created\":9,\"choices\":[{\"message\":{\"content\":\"say"
                + " \\\"usage\\\":{\\\"a\\\":7} 12\"}}],"
                + "\"usage\":{\"prompt_tokens\":0,\"details\":{\"x\":0,\"note\":\"9\"},\"cost\":null}}");
  }
}
