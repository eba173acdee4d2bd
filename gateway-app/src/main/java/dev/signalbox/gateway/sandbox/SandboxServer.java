package dev.signalbox.gateway.sandbox;

import dev.signalbox.gateway.sandbox.SandboxText.Directives;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
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
/// hold directives (see [SandboxText]); `POST /control/cheap` with `{"down": true}` makes an
/// outage.
public final class SandboxServer implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final DisposableServer server;
  private final Map<String, Boolean> down = new ConcurrentHashMap<>();

  /// How a pretended provider behaves.
  ///
  /// @param failures share of requests, of 1
  private record Temper(Duration firstToken, Duration token, double failures) {}

  private static final Map<String, Temper> TEMPERS =
      Map.of(
          "cheap", new Temper(Duration.ofMillis(350), Duration.ofMillis(25), 0.03),
          "steady", new Temper(Duration.ofMillis(200), Duration.ofMillis(15), 0.005),
          "fast", new Temper(Duration.ofMillis(80), Duration.ofMillis(5), 0.0));

  public SandboxServer() {
    server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .route(
                routes ->
                    routes
                        .post("/{provider}/v1/chat/completions", this::chat)
                        .post("/{provider}/v1/completions", this::chat)
                        .post("/{provider}/v1/embeddings", this::embed)
                        .post("/control/{provider}", this::control))
            .bindNow();
  }

  /// Returns the server's root, without a slash at its end.
  public String baseUrl() {
    return "http://127.0.0.1:" + server.port();
  }

  private Publisher<Void> control(HttpServerRequest request, HttpServerResponse response) {
    return body(request)
        .flatMap(
            body -> {
              down.put(provider(request), body.path("down").asBoolean(false));
              return response.status(204).send();
            });
  }

  private static String provider(HttpServerRequest request) {
    return String.valueOf(request.param("provider"));
  }

  private static Mono<JsonNode> body(HttpServerRequest request) {
    return request
        .receive()
        .aggregate()
        .asString()
        .defaultIfEmpty("{}")
        .map(
            text -> {
              try {
                return JSON.readTree(text);
              } catch (JacksonException e) {
                return JSON.createObjectNode();
              }
            });
  }

  private Publisher<Void> chat(HttpServerRequest request, HttpServerResponse response) {
    Temper temper = TEMPERS.get(provider(request));
    if (temper == null) {
      return error(response, 404, "no such sandbox provider");
    }
    boolean text = request.uri().endsWith("/v1/completions") && !request.uri().contains("/chat/");
    return body(request)
        .flatMap(
            body -> {
              Directives directives = Directives.of(body);
              Optional<Integer> status = status(provider(request), temper, directives);
              if (status.isPresent()) {
                return error(response, status.get(), "the sandbox was asked to fail");
              }
              var answer = new SandboxAnswer(body, directives, text);
              Duration wait = directives.delay().orElse(temper.firstToken());
              return body.path("stream").asBoolean(false)
                  ? stream(response, answer, directives, wait, temper.token())
                  : plain(
                      response, answer, wait.plus(temper.token().multipliedBy(answer.tokens())));
            });
  }

  private Optional<Integer> status(String provider, Temper temper, Directives directives) {
    if (directives.status().isPresent()) {
      return directives.status();
    }
    if (down.getOrDefault(provider, false)) {
      return Optional.of(503);
    }
    boolean fails = ThreadLocalRandom.current().nextDouble() < temper.failures();
    return fails ? Optional.of(500) : Optional.empty();
  }

  private static Mono<Void> error(HttpServerResponse response, int status, String message) {
    return json(
        response.status(status),
        "{\"error\":{\"message\":\"%s\",\"type\":\"sandbox\",\"code\":\"sandbox_%d\"}}"
            .formatted(message, status));
  }

  private static Mono<Void> json(HttpServerResponse response, String json) {
    return response.header("content-type", "application/json").sendString(Mono.just(json)).then();
  }

  private static Mono<Void> plain(
      HttpServerResponse response, SandboxAnswer answer, Duration wait) {
    return Mono.delay(wait).then(Mono.defer(() -> json(response, answer.whole())));
  }

  private static Mono<Void> stream(
      HttpServerResponse response,
      SandboxAnswer answer,
      Directives directives,
      Duration wait,
      Duration each) {
    Flux<String> chunks =
        Flux.fromIterable(answer.chunks())
            .concatMap(chunk -> Mono.just(chunk).delayElement(each), 1)
            .delaySubscription(wait);
    if (directives.cutAfter().isPresent()) {
      chunks =
          chunks
              .take(directives.cutAfter().get())
              .concatWith(Mono.error(() -> new IllegalStateException("cut, as asked")));
    }
    return response
        .header("content-type", "text/event-stream")
        .send(
            chunks.map(
                chunk ->
                    io.netty.buffer.Unpooled.copiedBuffer(
                        chunk, java.nio.charset.StandardCharsets.UTF_8)),
            _ -> true)
        .then();
  }

  private Publisher<Void> embed(HttpServerRequest request, HttpServerResponse response) {
    return body(request).flatMap(body -> json(response, SandboxAnswer.embeddings(body)));
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(1));
  }
}
