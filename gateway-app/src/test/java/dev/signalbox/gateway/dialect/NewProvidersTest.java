package dev.signalbox.gateway.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.Endpoints;
import dev.signalbox.gateway.stage.RunningGateway;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;
import tools.jackson.databind.JsonNode;

/// Providers of every dialect that nothing but a catalog file knows of. They answer as real ones
/// did, over real connections, and callers of every surface are served, plain and streamed.
class NewProvidersTest {
  private static final Path DIALECTS = Path.of("src/test/resources/dialects");

  /// A provider in the catalog.
  ///
  /// @param plain recording of a whole answer
  /// @param stream recording of a streamed one
  private record Offered(String slug, String model, String plain, String stream) {
    Recorded answer(Surface surface, boolean streamed) {
      boolean claudes = slug.equals("bedrock") && surface == Surface.MESSAGES;
      String plain = claudes ? CLAUDE_PLAIN : this.plain;
      return Recorded.of(DIALECTS.resolve(streamed ? claudes ? CLAUDE : stream : plain));
    }
  }

  private static final String CLAUDE = "traffic/anthropic/thoughts-summarized.chunks";
  private static final String CLAUDE_PLAIN = "traffic/anthropic/thoughts-and-call.json";
  private static final String GPT = "traffic/openai/text-and-call.chunks";
  private static final String GPT_PLAIN = "traffic/openai/groq-call.json";
  private static final String RESPONSES = "traffic/openai-responses/thoughts-and-call.chunks";
  private static final String RESPONSES_PLAIN = "traffic/openai-responses/text.json";
  private static final String GEMINI = "traffic/gemini/signature-on-empty-text.chunks";
  private static final String GEMINI_PLAIN = "recorded/gemini/text.json";

  private static final Map<Dialect, List<Offered>> OFFERED = new LinkedHashMap<>();

  static {
    offer(Dialect.OPENAI, "openai", "gpt-x", GPT_PLAIN, GPT);
    offer(Dialect.SANDBOX, "sandbox-like", "s-x", GPT_PLAIN, GPT);
    offer(
        Dialect.AZURE_OPENAI,
        "azure-openai",
        "router",
        GPT_PLAIN,
        "traffic/azure-openai/model-router.chunks");
    offer(Dialect.OPENAI_RESPONSES, "responses", "gpt-x", RESPONSES_PLAIN, RESPONSES);
    offer(Dialect.AZURE_RESPONSES, "azure-responses", "gpt-x", RESPONSES_PLAIN, RESPONSES);
    offer(Dialect.ANTHROPIC, "anthropic", "claude-x", CLAUDE_PLAIN, CLAUDE);
    offer(Dialect.GEMINI, "gemini", "gemini-3-x", GEMINI_PLAIN, GEMINI);
    offer(Dialect.VERTEX, "vertex", "gemini-3-x", GEMINI_PLAIN, GEMINI);
    offer(Dialect.VERTEX, "vertex-claude", "anthropic/claude-x@2025", CLAUDE_PLAIN, CLAUDE);
    offer(
        Dialect.BEDROCK,
        "bedrock",
        "eu.anthropic.claude-x-v1:0",
        "traffic/bedrock/parallel-calls.json",
        "traffic/bedrock/thoughts.chunks");
    offer(
        Dialect.BEDROCK,
        "bedrock-kimi",
        "moonshot.kimi-x",
        "traffic/bedrock/guardrail.json",
        "traffic/bedrock/kimi-call.chunks");
    offer(
        Dialect.MISTRAL,
        "mistral",
        "mistral-x",
        "traffic/mistral/thoughts.json",
        "traffic/mistral/calls-in-pieces.chunks");
    offer(
        Dialect.COHERE,
        "cohere",
        "command-x",
        "traffic/cohere/thoughts.json",
        "traffic/cohere/parallel-calls.chunks");
  }

  private static void offer(
      Dialect dialect, String slug, String model, String plain, String stream) {
    OFFERED
        .computeIfAbsent(dialect, _ -> new ArrayList<>())
        .add(new Offered(slug, model, plain, stream));
  }

  private record Seen(String path, HttpHeaders headers, JsonNode body) {}

  private static final List<Seen> SEEN = new CopyOnWriteArrayList<>();
  private static DisposableServer provider;
  private static RunningGateway gateway;
  private static volatile CompletableFuture<Void> theCallerHasRead = new CompletableFuture<>();
  private static volatile int exceptionAfter = Integer.MAX_VALUE;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    provider =
        HttpServer.create().host("127.0.0.1").port(0).handle(NewProvidersTest::serve).bindNow();
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(catalog, catalog(account(directory)));
    gateway = new RunningGateway(catalog, directory.resolve("data"));
  }

  private static String url(String path) {
    return "http://127.0.0.1:" + provider.port() + path;
  }

  private static Path account(Path directory) throws Exception {
    var keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    String pem = Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded());
    var account =
        Json.object()
            .put("type", "service_account")
            .put("client_email", "robot@example.iam.gserviceaccount.com")
            .put("private_key", "-----BEGIN PRIVATE KEY-----" + pem + "-----END PRIVATE KEY-----")
            .put("token_uri", url("/token"));
    return Files.write(directory.resolve("account.json"), Json.bytes(account));
  }

  private static String catalog(Path account) {
    var providers = new StringBuilder("providers:\n");
    var models = new StringBuilder("models:\n");
    OFFERED.forEach(
        (dialect, all) ->
            all.forEach(
                offered -> {
                  String key = dialect == Dialect.VERTEX ? account.toString() : "a-key";
                  providers.append(
                      "  - {slug: %s, name: %s, dialect: %s, base_url: \"%s\", api_key: \"%s\", supports_abort: false}\n"
                          .formatted(
                              offered.slug(),
                              offered.slug(),
                              dialect.key(),
                              url("/" + offered.slug()),
                              key));
                  models.append(
                      "  - {id: new/%s, context_length: 90000, architecture: {input_modalities: [text, image], output_modalities: [text], tokenizer: Other}, endpoints: [{provider: %s, upstream_model: \"%s\", pricing: {prompt: \"0.000001\", completion: \"0.000002\"}}]}\n"
                          .formatted(offered.slug(), offered.slug(), offered.model()));
                }));
    return providers.append(models).toString();
  }

  private static Publisher<Void> serve(HttpServerRequest request, HttpServerResponse response) {
    return request
        .receive()
        .aggregate()
        .asByteArray()
        .flatMapMany(
            body -> {
              if (request.uri().equals("/token")) {
                return response.sendString(
                    Mono.just("{\"access_token\":\"ya29.fresh\",\"expires_in\":3599}"));
              }
              var seen = new Seen(request.uri(), request.requestHeaders(), Json.parse(body));
              SEEN.add(seen);
              byte[] answer = answer(seen);
              return streams(seen) ? inTwo(answer, response) : whole(answer, response);
            });
  }

  private static boolean streams(Seen seen) {
    return seen.path().toLowerCase(java.util.Locale.ROOT).contains("stream")
        || Json.isTrue(seen.body(), "stream");
  }

  private static byte[] answer(Seen seen) {
    String slug = seen.path().split("/")[1];
    Offered offered =
        OFFERED.values().stream()
            .flatMap(List::stream)
            .filter(one -> one.slug().equals(slug))
            .findFirst()
            .orElseThrow();
    boolean invoked = seen.path().contains("/invoke");
    Surface surface = invoked ? Surface.MESSAGES : Surface.CHAT_COMPLETIONS;
    Recorded recorded = offered.answer(surface, streams(seen));
    return invoked && streams(seen) ? invokedStream(recorded) : recorded.bytes();
  }

  /// Claude's events as Bedrock hands them out.
  private static byte[] invokedStream(Recorded recorded) {
    var out = new ByteArrayOutputStream();
    int count = 0;
    for (String line : new String(recorded.bytes(), StandardCharsets.UTF_8).split("\n")) {
      if (line.startsWith("data: ") && count++ < exceptionAfter) {
        byte[] event = line.substring(6).getBytes(StandardCharsets.UTF_8);
        String base64 = Base64.getEncoder().encodeToString(event);
        frame(out, "event", "chunk", Json.object().put("bytes", base64).put("p", "abc"));
      }
    }
    if (count > exceptionAfter) {
      frame(out, "exception", "throttlingException", Json.object().put("message", "slow down"));
    }
    return out.toByteArray();
  }

  private static void frame(ByteArrayOutputStream out, String kind, String name, JsonNode data) {
    var headers =
        Map.of(
            ":" + kind + "-type",
            HeaderValue.fromString(name),
            ":content-type",
            HeaderValue.fromString("application/json"),
            ":message-type",
            HeaderValue.fromString(kind));
    new Message(headers, Json.bytes(data)).encode(out);
  }

  private static Publisher<Void> whole(byte[] answer, HttpServerResponse response) {
    return response
        .header("content-type", "application/json")
        .sendObject(Unpooled.wrappedBuffer(answer));
  }

  /// The rest is sent when the caller has read something of the first part.
  private static Publisher<Void> inTwo(byte[] answer, HttpServerResponse response) {
    int cut = answer.length * 4 / 5;
    Flux<ByteBuf> parts =
        Flux.concat(
            Mono.just(Unpooled.wrappedBuffer(answer, 0, cut)),
            Mono.fromFuture(() -> theCallerHasRead)
                .timeout(Eventually.PATIENCE)
                .thenReturn(Unpooled.wrappedBuffer(answer, cut, answer.length - cut)));
    return response.send(parts, _ -> true);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.disposeNow(Eventually.PATIENCE);
  }

  @BeforeEach
  void forget() {
    SEEN.clear();
    exceptionAfter = Integer.MAX_VALUE;
    theCallerHasRead = new CompletableFuture<>();
  }

  static Stream<Surface> surfaces() {
    return Stream.of(Surface.CHAT_COMPLETIONS, Surface.MESSAGES, Surface.RESPONSES);
  }

  @Test
  void everyDialectIsThere() {
    assertThat(OFFERED.keySet()).containsExactlyInAnyOrder(Dialect.values());
  }

  @ParameterizedTest
  @MethodSource("surfaces")
  void itsWholeAnswersAreRead(Surface surface) throws Exception {
    for (Offered offered : all()) {
      String answer = ask(surface, offered, false, "");
      isSaid(surface, offered.answer(surface, false), answer, offered.slug());
    }
    assertThat(SEEN)
        .filteredOn(seen -> seen.path().startsWith("/vertex"))
        .hasSize(2)
        .allSatisfy(
            seen -> assertThat(seen.headers().get("authorization")).isEqualTo("Bearer ya29.fresh"));
  }

  @ParameterizedTest
  @MethodSource("surfaces")
  void itsStreamsAreReadAsTheyCome(Surface surface) throws Exception {
    for (Offered offered : all()) {
      theCallerHasRead = new CompletableFuture<>();
      String answer = ask(surface, offered, true, "");
      isSaid(surface, offered.answer(surface, true), answer, offered.slug());
    }
  }

  private static List<Offered> all() {
    return OFFERED.values().stream().flatMap(List::stream).toList();
  }

  private static void isSaid(Surface surface, Recorded recorded, String answer, String slug) {
    Said expected = Said.of(surface, recorded.caller(surface, recorded.bytes()));
    Said said = Said.of(surface, answer);
    assertThat(said.error).as(slug + " " + answer).isEmpty();
    assertThat(said.text).as(slug).isEqualTo(expected.text);
    assertThat(said.calls).as(slug).isEqualTo(expected.calls);
    assertThat(said.thoughts).as(slug).isEqualTo(expected.thoughts);
    assertThat(said.finish).as(slug).isEqualTo(expected.finish);
    assertThat(said.usage).as(slug).isEqualTo(expected.usage).isNotEmpty();
  }

  private static String ask(Surface surface, Offered offered, boolean stream, String more)
      throws Exception {
    String body =
        "{\"model\":\"new/%s\",\"stream\":%b,\"%s\":9000,\"%s\":[{\"role\":\"user\",\"content\":\"hello\"}]%s}"
            .formatted(
                offered.slug(),
                stream,
                surface == Surface.RESPONSES ? "max_output_tokens" : "max_tokens",
                surface == Surface.RESPONSES ? "input" : "messages",
                more);
    var request =
        HttpRequest.newBuilder(URI.create(gateway.base + "/api/v1" + surface.path()))
            .header("Authorization", "Bearer " + gateway.key)
            .header("Content-Type", "application/json")
            .header("anthropic-beta", "context-1m-2025-08-07")
            .timeout(Eventually.PATIENCE.multipliedBy(2))
            .POST(BodyPublishers.ofString(body));
    var response = gateway.http.send(request.build(), BodyHandlers.ofInputStream());
    var answer = new StringBuilder();
    try (var lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answer.append(line).append('\n');
        if (line.startsWith("data: {")) {
          theCallerHasRead.complete(null);
        }
      }
    }
    assertThat(response.statusCode()).as(offered.slug() + " " + answer).isEqualTo(200);
    return answer.toString();
  }

  private static Offered named(String slug) {
    return all().stream().filter(one -> one.slug().equals(slug)).findFirst().orElseThrow();
  }

  /// What Messages can say reaches Claude wherever it is served, known to the gateway or not.
  @Test
  void messagesPassThroughToClaudeAtVertexAndBedrock() throws Exception {
    String more = ",\"service_tier\":\"priority\",\"new_field\":{\"a\":[1]}";
    for (String slug : new String[] {"vertex-claude", "bedrock"}) {
      for (boolean stream : new boolean[] {false, true}) {
        theCallerHasRead = new CompletableFuture<>();
        String answer = ask(Surface.MESSAGES, named(slug), stream, more);
        assertThat(answer)
            .as(slug)
            .contains(stream ? "\"inference_geo\":\"global\"" : "\"caller\":");
      }
    }
    for (Seen seen : SEEN) {
      JsonNode body = seen.body();
      boolean vertex = seen.path().startsWith("/vertex");
      assertThat(body.path("new_field").path("a").path(0).asInt()).isEqualTo(1);
      assertThat(body.has("model") || body.has("service_tier")).as(seen.path()).isFalse();
      assertThat(body.path("anthropic_version").asString(""))
          .isEqualTo(vertex ? "vertex-2023-10-16" : "bedrock-2023-05-31");
      assertThat(body.has("stream")).isEqualTo(vertex);
      assertThat(seen.headers().get("anthropic-version")).isNull();
      if (vertex) {
        assertThat(seen.headers().get("anthropic-beta")).isEqualTo("context-1m-2025-08-07");
      } else {
        assertThat(body.path("anthropic_beta").path(0).asString(""))
            .isEqualTo("context-1m-2025-08-07");
        assertThat(seen.headers().get("x-amzn-bedrock-service-tier")).isNull();
      }
    }
    assertThat(SEEN)
        .extracting(Seen::path)
        .containsExactly(
            "/vertex-claude/publishers/anthropic/models/claude-x@2025:rawPredict",
            "/vertex-claude/publishers/anthropic/models/claude-x@2025:streamRawPredict",
            "/bedrock/model/eu.anthropic.claude-x-v1%3A0/invoke",
            "/bedrock/model/eu.anthropic.claude-x-v1%3A0/invoke-with-response-stream");
  }

  /// Which tier is asked for is settled before; here it is said in Bedrock's way.
  @Test
  void bedrockIsAskedForATierInAHeader() {
    var translations = new Translations();
    byte[] body =
        "{\"model\":\"m/n\",\"max_tokens\":9,\"service_tier\":\"priority\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            .getBytes(StandardCharsets.UTF_8);
    var glance = translations.caller(Surface.MESSAGES).glance(Surface.MESSAGES, body);
    var endpoint = Endpoints.target(Dialect.BEDROCK).endpoint();
    var target = new Target(endpoint, "anthropic.claude-x", Dialect.BEDROCK, Set.of());
    var request = translations.between(Surface.MESSAGES, Dialect.BEDROCK).request(glance, target);
    assertThat(request.headers()).containsEntry("x-amzn-bedrock-service-tier", "priority");
  }

  /// Neither Google nor Amazon fetches a picture for Claude, and nor does the gateway.
  @Test
  void picturesByUrlAreRefusedWhereNobodyFetchesThem() throws Exception {
    String chat =
        "{\"model\":\"new/%s\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}}]}]}";
    String messages =
        "{\"model\":\"new/%s\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://example.com/a.png\"}}]}]}";
    for (String slug : new String[] {"vertex-claude", "bedrock"}) {
      for (var call : Map.of("/chat/completions", chat, "/messages", messages).entrySet()) {
        var answer =
            gateway.call(
                "POST", "/api/v1" + call.getKey(), gateway.key, call.getValue().formatted(slug));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains("data URL");
      }
    }
    assertThat(SEEN).isEmpty();
  }

  @Test
  void anExceptionInsideAnInvokedStreamIsTold() throws Exception {
    exceptionAfter = 6;
    String broken = ask(Surface.MESSAGES, named("bedrock"), true, "");
    assertThat(broken).contains("event: content_block_delta").contains("event: error");
    exceptionAfter = 0;
    theCallerHasRead.complete(null);
    var declined =
        gateway.call(
            "POST",
            "/api/v1/messages",
            gateway.key,
            "{\"model\":\"new/bedrock\",\"stream\":true,\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
    assertThat(declined.statusCode()).as(declined.body()).isEqualTo(429);
    assertThat(declined.body()).contains("rate_limit_exceeded");
  }
}
