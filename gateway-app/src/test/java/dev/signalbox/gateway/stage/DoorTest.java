package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.provider.FakeProvider;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The gateway's connections, byte by byte: what callers send in odd ways, and what they leave
/// unread.
class DoorTest {
  @TempDir static Path directory;

  private static FakeProvider provider;
  private static RunningGateway gateway;

  /// One that is not as patient. At the other, a test that stalls is turned away by nobody.
  private static RunningGateway hasty;

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    Path catalog = directory.resolve("catalog.yaml");
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: acme, dialect: openai, base_url: "%s"}
        models:
          - id: acme/m
            endpoints:
              - {provider: acme, pricing: {prompt: "0", completion: "0"}}
        """
            .formatted(provider.url()));
    gateway = new RunningGateway(catalog, directory.resolve("data"));
    hasty =
        new RunningGateway(
            catalog,
            directory.resolve("hasty"),
            "--spring.main.cloud-platform=kubernetes",
            "--signalbox.inbound.head-timeout=1s",
            "--signalbox.inbound.body-timeout=1s",
            "--signalbox.inbound.idle-timeout=3s");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    hasty.close();
    provider.close();
  }

  @BeforeEach
  void reset() {
    provider.reset();
  }

  private static String request(String body, String... headers) {
    return "POST /api/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + gateway.key
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n"
        + String.join("", headers)
        + "\r\n"
        + body;
  }

  private static String body(String content, String more) {
    return "{\"model\":\"acme/m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
        .formatted(content, more);
  }

  /// One connection, written to and read from as it stands.
  private static final class Line implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Line() throws IOException {
      this(gateway);
    }

    Line(RunningGateway to) throws IOException {
      socket = new Socket("127.0.0.1", URI.create(to.base).getPort());
      socket.setSoTimeout((int) Eventually.PATIENCE.toMillis());
      in = socket.getInputStream();
    }

    Line send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      return this;
    }

    /// Reads one answer with a length.
    String answer() throws IOException {
      var head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int b = in.read();
        if (b < 0) {
          return head.toString();
        }
        head.append((char) b);
      }
      String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
      int at = lower.indexOf("content-length: ");
      assertThat(at).as(lower).isPositive();
      int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
      return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    boolean isClosed() throws IOException {
      try {
        return in.read() < 0;
      } catch (java.net.SocketException reset) {
        return true;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void requestsInOneBreathAreAnsweredInTheirOrderWhoeverAnswersThem() throws Exception {
    String count = "GET /api/v1/models/count HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try (var line = new Line()) {
      line.send(
          request(body("one", ""))
              + count
              + request(body("two", ""))
              + request("{")
              + count
              + request(body("three", "")));
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("Hi there");
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("\"count\":1");
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("Hi there");
      assertThat(line.answer()).startsWith("HTTP/1.1 400").contains("not valid JSON");
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("\"count\":1");
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("Hi there");
    }
    assertThat(provider.requests())
        .extracting(DoorTest::prompt)
        .containsExactly("one", "two", "three");
  }

  private static String prompt(String request) {
    return request.replaceAll(".*\"content\":\"([a-z]+)\".*", "$1");
  }

  @Test
  void aBodyMayComeInChunksAndInPieces() throws Exception {
    String body = body("piecemeal", "");
    try (var line = new Line()) {
      String head = request("").replace("Content-Length: 0", "Transfer-Encoding: chunked");
      line.send(head.substring(0, 30));
      Thread.sleep(50);
      line.send(head.substring(30));
      for (int at = 0; at < body.length(); at += 10) {
        String piece = body.substring(at, Math.min(body.length(), at + 10));
        line.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
        Thread.sleep(5);
      }
      line.send("0\r\n\r\n");
      assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("Hi there");
      assertThat(provider.requests()).extracting(DoorTest::prompt).containsExactly("piecemeal");
    }
  }

  @Test
  void whoAsksWhetherToGoOnIsToldTo() throws Exception {
    String body = body("expected", "");
    String request = request(body, "Expect: 100-continue\r\n");
    try (var line = new Line()) {
      line.send(request.substring(0, request.length() - body.length()));
      var interim = new StringBuilder();
      while (interim.indexOf("\r\n\r\n") < 0) {
        interim.append((char) line.in.read());
      }
      assertThat(interim).startsWith("HTTP/1.1 100");
      line.send(body);
      assertThat(line.answer()).contains("200 OK");
    }
  }

  @Test
  void aRefusalComesBeforeTheBodyAndTheConnectionLivesOn() throws Exception {
    try (var line = new Line()) {
      String head = request(body("x", "")).replace(gateway.key, "sk-or-v1-nobody");
      line.send(head.replaceAll("Authorization: [^\r]*\r\n", ""));
      assertThat(line.answer()).startsWith("HTTP/1.1 401").contains("\"code\":401");
      line.send(request("").replace("Content-Length: 0", "Content-Length: 30000000"));
      assertThat(line.answer()).startsWith("HTTP/1.1 413").contains("payload_too_large");
      byte[] rest = new byte[1_000_000];
      java.util.Arrays.fill(rest, (byte) 'x');
      for (int i = 0; i < 30; i++) {
        line.socket.getOutputStream().write(rest);
      }
      line.send(request(body("after", "")));
      assertThat(line.answer()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void whoSendsTooMuchAndThenWantsToCloseStillReadsWhy() throws Exception {
    byte[] part = new byte[1_000_000];
    java.util.Arrays.fill(part, (byte) 'x');
    for (boolean chunked : new boolean[] {false, true}) {
      try (var line = new Line()) {
        String head =
            request("")
                .replace(
                    "Content-Length: 0",
                    (chunked ? "Transfer-Encoding: chunked" : "Content-Length: 40000000")
                        + "\r\nConnection: close");
        line.send(head);
        for (int i = 0; i < 40; i++) {
          if (chunked) {
            line.send("f4240\r\n");
          }
          line.socket.getOutputStream().write(part);
          if (chunked) {
            line.send("\r\n");
          }
        }
        if (chunked) {
          line.send("0\r\n\r\n");
        }
        assertThat(line.answer())
            .startsWith("HTTP/1.1 413")
            .containsIgnoringCase("connection: close")
            .contains("payload_too_large");
        assertThat(line.isClosed()).isTrue();
      }
    }
  }

  @Test
  void whoHasClosedOneSideStillReadsAPlainAnswer() throws Exception {
    String head = request(body("half", ""));
    String[] all = {
      head, head + head, head.replace("Content-Length", "Connection: close\r\nContent-Length")
    };
    for (String sent : all) {
      provider.reset();
      provider.usually(
          (asked, response) ->
              Mono.delay(Duration.ofMillis(100))
                  .thenMany(FakeProvider.answers("Hi there").answer(asked, response)));
      try (var line = new Line()) {
        line.send(sent);
        line.socket.shutdownOutput();
        for (int i = 0; i < (sent.length() > head.length() + 100 ? 2 : 1); i++) {
          assertThat(line.answer()).startsWith("HTTP/1.1 200").contains("Hi there");
        }
        assertThat(line.isClosed()).isTrue();
      }
    }
    try (var idle = new Line();
        var half = new Line()) {
      idle.socket.shutdownOutput();
      assertThat(idle.isClosed()).isTrue();
      half.send(head.substring(0, head.length() - 3));
      half.socket.shutdownOutput();
      assertThat(half.isClosed()).isTrue();
    }
  }

  @Test
  void whoClosesOneSideOfAStreamHasHungUp() throws Exception {
    provider.next(
        (_, response) ->
            response
                .header("content-type", "text/event-stream")
                .send(
                    Flux.interval(Duration.ofMillis(20))
                        .map(
                            _ ->
                                Unpooled.copiedBuffer(
                                    "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n",
                                    StandardCharsets.UTF_8)),
                    _ -> true));
    try (var line = new Line()) {
      line.send(request(body("stream", ",\"stream\":true")));
      assertThat(line.in.read()).isPositive();
      line.socket.shutdownOutput();
      Eventually.holds("the provider is stopped", () -> provider.aborted() == 1);
    }
  }

  @Test
  void aStreamToWhoKnowsNoChunksHasNone() throws Exception {
    try (var line = new Line()) {
      line.send(request(body("old", ",\"stream\":true")).replace("HTTP/1.1", "HTTP/1.0"));
      String answer = new String(line.in.readAllBytes(), StandardCharsets.UTF_8);
      int body = answer.indexOf("\r\n\r\n") + 4;
      assertThat(answer.substring(0, body)).doesNotContainIgnoringCase("transfer-encoding");
      assertThat(answer.substring(body)).startsWith("data: {").endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void headsThatAreTooLongOrNoneGetAnErrorInTheApisShape() throws Exception {
    String many = "X-Many: 1\r\n".repeat(101);
    for (String[] bad :
        new String[][] {
          {request("{}", "X-Long: " + "x".repeat(20_000) + "\r\n"), "431"},
          {request("{}", many), "431"},
          {"GET /api/v1/key HTTP/1.1\r\nHost: localhost\r\n" + many + "\r\n", "431"},
          {"GET /" + "x".repeat(10_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "414"},
          {"GET /api/v1/models/<a>/endpoints HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
          {"GET /api/v1/key HTTP/2.0\r\nHost: localhost\r\n\r\n", "400"},
          {"\u0001\u0002 nonsense\r\n\r\n", "400"}
        }) {
      try (var line = new Line()) {
        line.send(bad[0]);
        String answer = line.answer();
        assertThat(answer).startsWith("HTTP/1.1 " + bad[1]);
        assertThat(answer).contains("{\"error\":{\"code\":" + bad[1]);
      }
    }
  }

  @Test
  void aRequestNamesOneHost() throws Exception {
    String good = request(body("x", ""));
    String get = "GET /api/v1/models/count HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (String request : new String[] {good, get}) {
      for (String hosts : new String[] {"", "Host: one\r\nHost: two\r\n"}) {
        try (var line = new Line()) {
          line.send(request.replace("Host: localhost\r\n", hosts));
          assertThat(line.answer()).startsWith("HTTP/1.1 400").contains("{\"error\":{\"code\":400");
          assertThat(line.isClosed()).isTrue();
        }
      }
    }
    assertThat(provider.requests()).isEmpty();
    try (var line = new Line()) {
      line.send(get.replace("1.1\r\nHost: localhost", "1.0"));
      assertThat(line.answer()).startsWith("HTTP/1.0 200");
    }
  }

  @Test
  void whoSaysThatItWasForwardedIsNotBelievedInAClusterEither() throws Exception {
    var forwarded =
        HttpRequest.newBuilder(URI.create(hasty.management + "/actuator"))
            .header("X-Forwarded-Host", "evil.example")
            .build();
    assertThat(hasty.send(forwarded).body()).contains("/actuator/health").doesNotContain("evil");
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void nobodyWithoutAKeyCanFillTheLog(CapturedOutput log) throws Exception {
    for (String bad :
        new String[] {
          "GET /x/../nowhere?key=CANARY HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /nowhere?key=CANARY HTTP/2.0\r\nHost: localhost\r\n\r\n"
        }) {
      try (var line = new Line()) {
        line.send(bad);
        assertThat(line.answer()).startsWith("HTTP/1.1 40");
      }
    }
    assertThat(log.getAll()).doesNotContain("CANARY").doesNotContain("nowhere");
  }

  @Test
  void whoSendsTooSlowlyGets408AndWhoSendsNothingIsHungUpOn() throws Exception {
    try (var head = new Line(hasty);
        var body = new Line(hasty);
        var idle = new Line(hasty)) {
      head.send("POST /api/v1/chat/comp");
      String request = request(body("slow", ""));
      body.send(request.substring(0, request.length() - 5));
      long start = System.nanoTime();
      assertThat(head.answer()).startsWith("HTTP/1.1 408").contains("did not come in time");
      assertThat(head.isClosed()).isTrue();
      assertThat(body.answer()).startsWith("HTTP/1.1 408");
      assertThat(body.isClosed()).isTrue();
      assertThat(idle.isClosed()).isTrue();
      // Without its setting an idle connection lives for 75 seconds.
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(50));
    }
  }

  @Test
  void manyIdleConnectionsKeepNobodyOut() throws Exception {
    List<Line> lines = new ArrayList<>();
    try {
      for (int i = 0; i < 500; i++) {
        lines.add(new Line());
      }
      try (var line = new Line()) {
        line.send(request(body("among", "")));
        assertThat(line.answer()).startsWith("HTTP/1.1 200");
      }
    } finally {
      for (Line line : lines) {
        line.close();
      }
    }
  }

  @Test
  void aCallerWhoReadsNothingStopsTheProviderNotTheGateway() throws Exception {
    var sent = new AtomicLong();
    String chunk =
        "data: {\"id\":\"u\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n"
            .formatted("x".repeat(1_000));
    long all = 40_000;
    provider.next(
        (_, response) ->
            response
                .header("content-type", "text/event-stream")
                .send(
                    Flux.range(0, (int) all)
                        .doOnNext(_ -> sent.addAndGet(chunk.length()))
                        .map(_ -> Unpooled.copiedBuffer(chunk, StandardCharsets.UTF_8))
                        .concatWith(
                            Flux.just(
                                Unpooled.copiedBuffer(
                                    "data: {\"choices\":[{\"index\":0,\"delta\":{},"
                                        + "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
                                    StandardCharsets.UTF_8))),
                    _ -> true));
    try (var line = new Line()) {
      line.socket.setReceiveBufferSize(64 * 1024);
      line.send(request(body("unread", ",\"stream\":true")));
      long before;
      do {
        before = sent.get();
        Thread.sleep(500);
      } while (sent.get() != before || before == 0);
      // The kernel's buffers on four sockets hold a few MB; the gateway itself 64 KB and a piece.
      assertThat(sent.get()).isLessThan(all * chunk.length() / 3);
      long read = 0;
      byte[] buffer = new byte[64 * 1024];
      var tail = "";
      while (!tail.contains("data: [DONE]")) {
        int n = line.in.read(buffer);
        assertThat(n).isPositive();
        read += n;
        tail = (tail + new String(buffer, 0, n, StandardCharsets.UTF_8));
        tail = tail.substring(Math.max(0, tail.length() - 200));
      }
      assertThat(read).isGreaterThan(all * 1_000);
      assertThat(sent.get()).isEqualTo(all * chunk.length());
    }
  }
}
