package dev.signalbox.gateway.sandbox;

import dev.signalbox.gateway.sandbox.SandboxText.Directives;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Three pretended providers of one model, over real HTTP on loopback, in OpenAI's format.
///
/// `/cheap/v1` is slow and fails now and then, `/steady/v1` is in between, `/fast/v1` is quick and
/// dear. The text is made from the prompt, and the same for the same prompt. A last message may
/// hold directives (see [SandboxText]); `/control` shows and changes how the three behave.
public final class SandboxServer implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_CONTROL_BYTES = 4 * 1024;
  private static final int MAX_BODY_BYTES = 64 * 1024 * 1024;

  private static final Map<String, SandboxMood> USUAL =
      Map.of(
          "cheap", SandboxMood.usual(350, 25, 0.03),
          "steady", SandboxMood.usual(200, 15, 0.005),
          "fast", SandboxMood.usual(80, 5, 0));

  private final DisposableServer server;
  private final Map<String, SandboxMood> moods = new ConcurrentHashMap<>(USUAL);

  /// @param port to listen on, of the loopback interface; 0 for any that is free
  public SandboxServer(int port) {
    server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(port)
            .route(
                routes ->
                    routes
                        .post("/{provider}/v1/chat/completions", (in, out) -> say(in, out, false))
                        .post("/{provider}/v1/completions", (in, out) -> say(in, out, true))
                        .post("/{provider}/v1/embeddings", this::embed)
                        .get("/control", (_, out) -> json(out, moods()))
                        .post("/control/{provider}", this::control)
                        .delete("/control/{provider}", this::calm))
            .bindNow();
  }

  /// Returns the server's root, without a slash at its end.
  public String baseUrl() {
    return "http://127.0.0.1:" + server.port();
  }

  private String moods() {
    var all = new TreeMap<String, Object>();
    moods.forEach((name, mood) -> all.put(name, mood.fields()));
    return JSON.writeValueAsString(all);
  }

  private Publisher<Void> control(HttpServerRequest request, HttpServerResponse response) {
    return withBody(
        request,
        response,
        MAX_CONTROL_BYTES,
        body -> {
          moods.compute(name(request), (_, mood) -> mood == null ? null : mood.changedBy(body));
          return json(response, moods());
        });
  }

  private Publisher<Void> calm(HttpServerRequest request, HttpServerResponse response) {
    SandboxMood usual = USUAL.get(name(request));
    if (usual == null) {
      return unknown(response);
    }
    moods.put(name(request), usual);
    return json(response, moods());
  }

  private static String name(HttpServerRequest request) {
    return String.valueOf(request.param("provider"));
  }

  private static Mono<Void> unknown(HttpServerResponse response) {
    return error(
        response,
        404,
        "no such sandbox provider (expected: "
            + String.join(", ", USUAL.keySet().stream().sorted().toList())
            + ")");
  }

  private Mono<Void> withBody(
      HttpServerRequest request,
      HttpServerResponse response,
      int maxBytes,
      Function<JsonNode, Mono<Void>> work) {
    if (!USUAL.containsKey(name(request))) {
      return unknown(response);
    }
    return request
        .receive()
        .aggregate()
        .asByteArray()
        .defaultIfEmpty(new byte[0])
        .flatMap(
            bytes -> {
              if (bytes.length > maxBytes) {
                return error(response, 413, "the body is too long");
              }
              try {
                return work.apply(JSON.readTree(bytes));
              } catch (JacksonException _) {
                return error(response, 400, "the body is not JSON");
              } catch (SandboxRequest.Invalid invalid) {
                return error(response, 400, String.valueOf(invalid.getMessage()));
              }
            });
  }

  private Publisher<Void> say(
      HttpServerRequest request, HttpServerResponse response, boolean text) {
    return withBody(
        request,
        response,
        MAX_BODY_BYTES,
        body -> {
          SandboxMood mood = mood(request);
          var asked = SandboxRequest.of(body, text);
          Directives directives = Directives.of(asked.prompt());
          Optional<Integer> status =
              directives.status().or(() -> mood.failure(ThreadLocalRandom.current()));
          if (status.isPresent()) {
            return error(response, status.get(), "the sandbox was asked to fail");
          }
          var answer = new SandboxAnswer(asked, directives);
          Duration wait = directives.delay().orElse(mood.firstToken());
          return asked.stream()
              ? stream(response, answer, directives, wait, mood.token())
              : after(
                  wait.plus(mood.token().multipliedBy(answer.tokenCount())),
                  () -> json(response, answer.whole()));
        });
  }

  private SandboxMood mood(HttpServerRequest request) {
    return moods.getOrDefault(name(request), SandboxMood.usual(0, 0, 0));
  }

  private Publisher<Void> embed(HttpServerRequest request, HttpServerResponse response) {
    return withBody(
        request,
        response,
        MAX_BODY_BYTES,
        body -> {
          SandboxMood mood = mood(request);
          Optional<Integer> status = mood.failure(ThreadLocalRandom.current());
          if (status.isPresent()) {
            return error(response, status.get(), "the sandbox was asked to fail");
          }
          String answer = SandboxVectors.answer(body);
          return after(mood.firstToken(), () -> json(response, answer));
        });
  }

  private static Mono<Void> after(Duration wait, Supplier<Mono<Void>> work) {
    return wait.isZero() ? work.get() : Mono.delay(wait).then(Mono.defer(work));
  }

  private static Mono<Void> error(HttpServerResponse response, int status, String message) {
    return json(
        response.status(status),
        JSON.writeValueAsString(
            Map.of(
                "error",
                Map.of("message", message, "type", "sandbox", "code", "sandbox_" + status))));
  }

  private static Mono<Void> json(HttpServerResponse response, String json) {
    return response.header("content-type", "application/json").sendString(Mono.just(json)).then();
  }

  private static Mono<Void> stream(
      HttpServerResponse response,
      SandboxAnswer answer,
      Directives directives,
      Duration wait,
      Duration each) {
    Flux<String> chunks = Flux.fromIterable(answer.chunks());
    if (!each.isZero()) {
      chunks = chunks.concatMap(chunk -> Mono.just(chunk).delayElement(jittered(each)), 1);
    }
    chunks = chunks.delaySubscription(wait);
    if (directives.cutAfter().isPresent()) {
      chunks =
          chunks
              .take(directives.cutAfter().get())
              .concatWith(Mono.error(() -> new IllegalStateException("cut, as asked")));
    }
    return response
        .header("content-type", "text/event-stream")
        .send(chunks.map(chunk -> Unpooled.copiedBuffer(chunk, StandardCharsets.UTF_8)), _ -> true)
        .then();
  }

  /// Tokens do not come by the clock: half to one and a half times their usual time.
  private static Duration jittered(Duration each) {
    long nanos = each.toNanos();
    return Duration.ofNanos(nanos / 2 + ThreadLocalRandom.current().nextLong(nanos + 1));
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(1));
  }
}
