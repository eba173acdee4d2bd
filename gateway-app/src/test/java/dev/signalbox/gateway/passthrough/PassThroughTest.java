package dev.signalbox.gateway.passthrough;

import static dev.signalbox.gateway.provider.TestGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.provider.TestGateway;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/// Providers' own APIs through the running gateway.
class PassThroughTest {
  private static final String CREDENTIAL = "sk-the-operators-credential-0123456789";

  @TempDir static Path directory;

  private static final List<String> SEEN = new CopyOnWriteArrayList<>();
  private static final List<Map<String, String>> HEADERS = new CopyOnWriteArrayList<>();
  private static final AtomicInteger ABORTED = new AtomicInteger();
  private static final AtomicLong MOST_BUFFERED = new AtomicLong();
  private static DisposableServer provider;
  private static TestGateway gateway;
  private static String allowed;

  @BeforeAll
  static void start() throws Exception {
    provider =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) -> {
                  SEEN.add(request.method() + " " + request.uri());
                  HEADERS.add(
                      request.requestHeaders().entries().stream()
                          .collect(
                              Collectors.toMap(
                                  e -> e.getKey().toLowerCase(java.util.Locale.ROOT),
                                  Map.Entry::getValue,
                                  (a, b) -> a)));
                  String path = request.fullPath();
                  if (path.contains("status-")) {
                    int status = Integer.parseInt(path.substring(path.indexOf("status-") + 7));
                    return response
                        .status(status)
                        .header("location", "http://evil.example/")
                        .header("retry-after", "7")
                        .sendString(
                            Mono.just(
                                "{\"error\":{\"message\":\"no such file; your key is "
                                    + CREDENTIAL
                                    + "\",\"code\":\"nope\"}}"));
                  }
                  if (path.endsWith("/plainly")) {
                    return response
                        .status(404)
                        .sendString(
                            Mono.just(
                                "{\"error\":{\"message\":\"No such File object:"
                                    + " file-1\",\"code\":\"not_there\"}}"));
                  }
                  if (path.endsWith("/endless")) {
                    return response.send(
                        Flux.interval(Duration.ofMillis(10))
                            .onBackpressureDrop()
                            .map(i -> Unpooled.copiedBuffer("tick\n", StandardCharsets.UTF_8))
                            .doOnCancel(ABORTED::incrementAndGet),
                        _ -> true);
                  }
                  if (path.endsWith("/digest")) {
                    MessageDigest digest = sha();
                    return request
                        .receive()
                        .asByteArray()
                        .doOnNext(digest::update)
                        .then()
                        .thenMany(
                            response.sendString(
                                Mono.fromSupplier(
                                    () -> HexFormat.of().formatHex(digest.digest()))));
                  }
                  if (path.endsWith("/large")) {
                    return response
                        .header("content-type", "application/octet-stream")
                        .header("content-length", Long.toString(64L * 1024 * 1024))
                        .send(Flux.range(0, 64).map(i -> Unpooled.wrappedBuffer(block(i))));
                  }
                  return request
                      .receive()
                      .aggregate()
                      .asString()
                      .defaultIfEmpty("")
                      .flatMap(
                          body ->
                              response
                                  .status(201)
                                  .header("content-type", "application/json")
                                  .header("etag", "\"v1\"")
                                  .header("set-cookie", "session=provider")
                                  .header("server", "provider/1")
                                  .header("openai-organization", "org-operator")
                                  .header("x-request-id", "req_provider")
                                  .sendString(Mono.just("{\"got\":" + body.length() + "}"))
                                  .then());
                })
            .bindNow();
    String url = "http://127.0.0.1:" + provider.port() + "/v1";
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: acme, name: Acme, dialect: openai, base_url: "%s", api_key: %s}
              - {slug: claude, name: Claude, dialect: anthropic, base_url: "%s", api_key: %s}
              - {slug: gone, name: Gone, dialect: openai, base_url: "http://127.0.0.1:1/v1"}
              - {slug: dormant, name: Dormant, dialect: openai, base_url: "%s", api_key: "${SIGNALBOX_TEST_NEVER_SET}"}
            models:
              - id: acme/alpha
                endpoints:
                  - {provider: acme, pricing: {prompt: "0", completion: "0"}}
                  - {provider: claude, pricing: {prompt: "0", completion: "0"}}
                  - {provider: gone, pricing: {prompt: "0", completion: "0"}}
                  - {provider: dormant, pricing: {prompt: "0", completion: "0"}}
            """
                .formatted(url, CREDENTIAL, url, CREDENTIAL, url),
            "--signalbox.pass-through.enabled=true",
            "--signalbox.pass-through.fee-usd=0.0005",
            "--signalbox.pass-through.max-body-bytes=100000000");
    allowed = gateway.newPassThroughKey("{\"name\":\"files\"}");
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] block(int i) {
    byte[] block = new byte[1024 * 1024];
    new Random(i).nextBytes(block);
    return block;
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    provider.disposeNow(Eventually.PATIENCE);
  }

  @BeforeEach
  void forget() {
    SEEN.clear();
    HEADERS.clear();
    ABORTED.set(0);
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws Exception {
    return gateway.send(
        gateway.request(path, allowed).method(method, BodyPublishers.ofString(body)));
  }

  @Test
  void anyMethodAndPathGoThroughWithTheOperatorsCredential() throws Exception {
    for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
      for (String root : List.of("/api/v1", "/v1")) {
        SEEN.clear();
        HEADERS.clear();
        var response =
            send(method, root + "/providers/acme/files/file-1?limit=2&key=mine", "hello");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("{\"got\":5}");
        assertThat(SEEN).containsExactly(method + " /v1/files/file-1?limit=2");
        assertThat(HEADERS.getFirst()).containsEntry("authorization", "Bearer " + CREDENTIAL);
      }
    }
    send("GET", "/api/v1/providers/claude/messages/batches", "");
    assertThat(HEADERS.getLast())
        .containsEntry("x-api-key", CREDENTIAL)
        .doesNotContainKey("authorization");
  }

  @Test
  void eachAnsweredRequestIsARowWithItsFee() throws Exception {
    String key = gateway.newPassThroughKey("{\"name\":\"counted\"}");
    var response = gateway.send(gateway.request("/api/v1/providers/acme/batches/b1", key).GET());
    assertThat(response.statusCode()).isEqualTo(201);
    String hash = HexFormat.of().formatHex(sha().digest(key.getBytes(StandardCharsets.UTF_8)));
    var row = gateway.awaited("SELECT * FROM usage_record WHERE key_hash = ?", hash);
    assertThat(row.get("surface")).isEqualTo("pass-through");
    assertThat(row.get("provider_slug")).isEqualTo("acme");
    assertThat(row.get("requested_model")).isEqualTo("GET batches");
    assertThat((BigDecimal) row.get("charged")).isEqualByComparingTo("0.0005");
    gateway.send(gateway.request("/api/v1/providers/acme/status-404", key).GET());
    Thread.sleep(500);
    assertThat(gateway.rows("SELECT * FROM usage_record WHERE key_hash = ?", hash)).hasSize(1);
    assertThat(gateway.get(gateway.management() + "/actuator/prometheus").body())
        .containsPattern(
            "signalbox_requests_total\\{.*outcome=\"ok\".*provider=\"acme\".*surface=\"pass-through\".*}"
                + " ");
  }

  @Test
  void aKeysRateHoldsHereToo() throws Exception {
    String key =
        gateway.newKey("{\"name\":\"hasty\"}", "{\"pass_through\":true,\"requests_per_minute\":3}");
    for (int i = 0; i < 3; i++) {
      var taken = gateway.send(gateway.request("/api/v1/providers/acme/files", key).GET());
      assertThat(taken.statusCode()).as(taken.body()).isEqualTo(201);
    }
    var refused = gateway.send(gateway.request("/api/v1/providers/acme/files", key).GET());
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
    assertThat(refused.headers().firstValue("X-RateLimit-Limit")).contains("3");
  }

  @Test
  void aKeyThatMayNotAnUnknownProviderAndASpentKeyAreRefused() throws Exception {
    var may = gateway.send(gateway.request("/api/v1/providers/acme/files", gateway.key()).GET());
    assertThat(may.statusCode()).isEqualTo(403);
    assertThat(json(may).path("error").path("code").asInt()).isEqualTo(403);
    assertThat(send("GET", "/api/v1/providers/nobody/files", "").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/api/v1/providers/acme", "").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/api/v1/providers/dormant/files", "").statusCode()).isEqualTo(503);
    assertThat(
            gateway
                .send(gateway.request("/api/v1/providers/acme/files", "sk-or-v1-no").GET())
                .statusCode())
        .isEqualTo(401);
    assertThat(
            gateway
                .send(gateway.request("/api/v1/providers/acme/files", TestGateway.ADMIN).GET())
                .statusCode())
        .isEqualTo(403);
    String spent = gateway.newPassThroughKey("{\"name\":\"spent\",\"limit\":0.0001}");
    assertThat(
            gateway.send(gateway.request("/api/v1/providers/acme/files", spent).GET()).statusCode())
        .isEqualTo(402);
    assertThat(SEEN).isEmpty();
  }

  @Test
  void nothingClimbsOrLeavesTheHost() throws Exception {
    int port = URI.create(gateway.base()).getPort();
    for (String path :
        List.of(
            "/api/v1/providers/acme/../admin",
            "/api/v1/providers/acme/%2e%2e/admin",
            "/api/v1/providers/acme/files/..%2f..%2fadmin",
            "/api/v1/providers/acme//evil.example/",
            "/api/v1/providers/acme/http://evil.example/",
            "/api/v1/providers/acme/%252e%252e/x",
            "/api/v1/providers/acme/a%0d%0aHost:x",
            "/api/v1/providers/../providers/acme/files/../x",
            "http://evil.example/api/v1/providers/acme/../x")) {
      // Raw, since clients tidy such paths up before they send them.
      try (var socket = new Socket("127.0.0.1", port)) {
        socket
            .getOutputStream()
            .write(
                ("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                        .formatted(path, allowed))
                    .getBytes(StandardCharsets.US_ASCII));
        String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(answer).as(path).startsWith("HTTP/1.1 4");
      }
    }
    assertThat(SEEN).isEmpty();
  }

  @Test
  void onlyListedHeadersGoEitherWay() throws Exception {
    var request =
        gateway
            .request("/api/v1/providers/acme/files", allowed)
            .header("x-api-key", "canary-key")
            .header("Cookie", "canary-cookie")
            .header("X-Forwarded-For", "canary-forwarded")
            .header("Forwarded", "for=canary-forwarded")
            .header("traceparent", "canary-trace")
            .header("Proxy-Authorization", "canary-proxy")
            .header("HTTP-Referer", "canary-referer")
            .header("X-Custom", "canary-custom")
            .header("OpenAI-Organization", "canary-organization")
            .header("OpenAI-Beta", "assistants=v2")
            .POST(BodyPublishers.ofString("{}"));
    for (int i = 0; i < 60; i++) {
      request.header("x-canary-" + i, "canary-" + i);
    }
    var response = gateway.send(request);
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(HEADERS.getFirst().toString()).doesNotContain("canary").doesNotContain(allowed);
    assertThat(HEADERS.getFirst())
        .containsEntry("openai-beta", "assistants=v2")
        .containsEntry("content-type", "application/json")
        .containsEntry("user-agent", "signalbox");
    assertThat(response.headers().map().keySet())
        .contains("etag", "content-type")
        .doesNotContain("set-cookie", "server", "openai-organization", "x-request-id", "location");
  }

  @Test
  void providersErrorsComeInTheContractsShapeAndWithoutSecrets() throws Exception {
    for (var pair :
        Map.of(
                301, 502, 400, 400, 401, 502, 403, 502, 404, 404, 422, 422, 429, 429, 500, 502, 503,
                502)
            .entrySet()) {
      var response = send("GET", "/api/v1/providers/acme/status-" + pair.getKey(), "");
      assertThat(response.statusCode()).as("" + pair).isEqualTo(pair.getValue());
      assertThat(json(response).path("error").path("code").asInt()).isEqualTo(pair.getValue());
      assertThat(json(response).path("error").path("metadata").path("provider_name").asString())
          .isEqualTo("Acme");
      assertThat(response.body()).doesNotContain("credential");
      assertThat(response.headers().firstValue("retry-after").isPresent())
          .isEqualTo(pair.getKey() == 429);
    }
    var plain = send("GET", "/api/v1/providers/acme/plainly", "");
    assertThat(json(plain).path("error").path("message").asString())
        .isEqualTo("No such File object: file-1");
    assertThat(json(plain).path("error").path("metadata").path("provider_code").asString())
        .isEqualTo("not_there");
    var gone = send("GET", "/api/v1/providers/gone/files", "");
    assertThat(gone.statusCode()).as(gone.body()).isEqualTo(502);
  }

  @Test
  void largeBodiesStreamBothWays() throws Exception {
    // Multipart, 60 MB, of unknown length: chunked.
    byte[] mebibyte = block(1);
    MessageDigest digest = sha();
    for (int i = 0; i < 60; i++) {
      digest.update(mebibyte);
    }
    var pieces = java.util.Collections.nCopies(60, mebibyte);
    long before = usedDirectAndHeap();
    var upload =
        gateway
            .http()
            .send(
                HttpRequest.newBuilder(URI.create(gateway.base() + "/api/v1/providers/acme/digest"))
                    .header("Authorization", "Bearer " + allowed)
                    .header("Content-Type", "multipart/form-data; boundary=x")
                    .POST(BodyPublishers.ofByteArrays(pieces))
                    .build(),
                BodyHandlers.ofString());
    assertThat(upload.statusCode()).as(upload.body()).isEqualTo(200);
    assertThat(upload.body()).isEqualTo(HexFormat.of().formatHex(digest.digest()));
    assertThat(HEADERS.getLast()).containsEntry("content-type", "multipart/form-data; boundary=x");
    HttpResponse<InputStream> download =
        gateway
            .http()
            .send(
                gateway.request("/api/v1/providers/acme/large", allowed).GET().build(),
                BodyHandlers.ofInputStream());
    assertThat(download.headers().firstValueAsLong("content-length")).hasValue(64L * 1024 * 1024);
    MessageDigest got = sha();
    MessageDigest wanted = sha();
    try (var body = download.body()) {
      // A slow reader: the gateway must wait, not collect.
      byte[] head = body.readNBytes(1024 * 1024);
      Thread.sleep(700);
      MOST_BUFFERED.set(usedDirectAndHeap() - before);
      got.update(head);
      body.transferTo(
          new OutputStream() {
            @Override
            public void write(int b) {
              got.update((byte) b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
              got.update(bytes, offset, length);
            }
          });
    }
    for (int i = 0; i < 64; i++) {
      wanted.update(block(i));
    }
    assertThat(got.digest()).isEqualTo(wanted.digest());
    // Of 60 MB up and 64 MB down, in the gateway, the provider and the caller together.
    assertThat(MOST_BUFFERED.get()).isLessThan(32L * 1024 * 1024);
  }

  private static long usedDirectAndHeap() {
    return io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  @Test
  void tooLongABodyIsRefusedWhetherItSaysSoOrNot() throws Exception {
    byte[] mebibyte = new byte[1024 * 1024];
    var pieces = java.util.Collections.nCopies(101, mebibyte);
    var announced =
        gateway.send(
            gateway
                .request("/api/v1/providers/acme/digest", allowed)
                .POST(
                    BodyPublishers.fromPublisher(
                        BodyPublishers.ofByteArrays(pieces), 101L * 1024 * 1024)));
    assertThat(announced.statusCode()).isEqualTo(413);
  }

  @Test
  void aCallerWhoLeavesStopsTheProvider() throws Exception {
    HttpResponse<InputStream> response =
        gateway
            .http()
            .send(
                gateway.request("/api/v1/providers/acme/endless", allowed).GET().build(),
                BodyHandlers.ofInputStream());
    assertThat(response.body().readNBytes(10)).hasSize(10);
    response.body().close();
    Eventually.holds("the provider is left", () -> ABORTED.get() == 1);
  }

  @Test
  void accountsCannotGrantItThemselves() throws Exception {
    String key = gateway.newKey("{\"name\":\"sly\",\"pass_through\":true}");
    assertThat(
            gateway.send(gateway.request("/api/v1/providers/acme/files", key).GET()).statusCode())
        .isEqualTo(403);
  }
}
