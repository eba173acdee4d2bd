package dev.signalbox.gateway.provider;

import dev.signalbox.db.Eventually;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/// A provider on a real socket that answers as it is told, and keeps what it was asked.
public final class FakeProvider implements AutoCloseable {
  private final DisposableServer server;
  private final Queue<Script> next = new ConcurrentLinkedQueue<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Head> heads = new CopyOnWriteArrayList<>();
  private final AtomicInteger aborted = new AtomicInteger();
  private volatile Script usual;

  /// What came before a request's body.
  public record Head(String path, HttpHeaders headers) {}

  /// How one request is answered.
  public interface Script {
    Publisher<Void> answer(String body, HttpServerResponse response);
  }

  private FakeProvider(Script usual) {
    this.usual = usual;
    server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    request
                        .receive()
                        .aggregate()
                        .asString()
                        .flatMap(
                            body -> {
                              heads.add(new Head(request.uri(), request.requestHeaders().copy()));
                              requests.add(body);
                              Script script = next.poll();
                              return Mono.from(
                                      (script == null ? this.usual : script).answer(body, response))
                                  .doOnCancel(aborted::incrementAndGet);
                            }))
            .bindNow();
  }

  public static FakeProvider start() {
    return new FakeProvider(answers("Hi there"));
  }

  public String url() {
    return "http://127.0.0.1:" + server.port() + "/v1";
  }

  public List<String> requests() {
    return requests;
  }

  public List<Head> heads() {
    return heads;
  }

  /// Returns how many answers were broken off by whoever asked.
  public int aborted() {
    return aborted.get();
  }

  public FakeProvider usually(Script script) {
    usual = script;
    return this;
  }

  public FakeProvider next(Script script) {
    next.add(script);
    return this;
  }

  public void reset() {
    next.clear();
    requests.clear();
    heads.clear();
    aborted.set(0);
    usual = answers("Hi there");
  }

  /// Answers whole or as a stream, as the request asks; ten prompt tokens, one token a word.
  public static Script answers(String text) {
    return (body, response) ->
        body.contains("\"stream\":true")
            ? stream(text, response)
            : json(200, whole(text), response);
  }

  private static String whole(String text) {
    return ("{\"id\":\"up-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"up\","
            + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},"
            + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,"
            + "\"completion_tokens\":%d,\"total_tokens\":%d}}")
        .formatted(text, text.split(" ").length, 10 + text.split(" ").length);
  }

  private static String chunk(String content) {
    return "data: {\"id\":\"up-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"finish_reason\":null}]}\n\n"
        .formatted(content);
  }

  private static Publisher<Void> stream(String text, HttpServerResponse response) {
    String[] words = text.split(" ");
    return events(
        response, Flux.fromArray(words).map(FakeProvider::chunk).concatWith(end(words.length)));
  }

  private static Flux<String> end(int tokens) {
    return Flux.just(
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":%d}}\n\n"
            .formatted(tokens),
        "data: [DONE]\n\n");
  }

  private static Publisher<Void> events(HttpServerResponse response, Flux<String> events) {
    return response
        .header("content-type", "text/event-stream")
        .send(events.map(event -> Unpooled.copiedBuffer(event, StandardCharsets.UTF_8)), _ -> true);
  }

  /// Streams some words, then breaks the connection.
  public static Script breaksAfter(String... words) {
    return (_, response) ->
        events(
            response,
            Flux.fromArray(words)
                .map(FakeProvider::chunk)
                .concatWith(
                    Mono.delay(Duration.ofMillis(50))
                        .then(Mono.error(new IllegalStateException("cut")))));
  }

  /// Streams words without end, one each 20 milliseconds.
  public static Script streamsForEver() {
    return (_, response) ->
        events(
            response,
            Flux.interval(Duration.ofMillis(20)).onBackpressureDrop().map(i -> chunk("word" + i)));
  }

  /// Streams so many words, one each 50 milliseconds, and ends well.
  public static Script dripsWords(int count) {
    return (_, response) ->
        events(
            response,
            Flux.interval(Duration.ofMillis(50))
                .take(count)
                .onBackpressureBuffer()
                .map(i -> chunk("word" + i))
                .concatWith(end(count)));
  }

  /// Streams a word, and more of them, one each 50 milliseconds, until it is let go, and ends well.
  public static Script dripsWordsUntil(Publisher<?> letGo) {
    return (_, response) ->
        events(
            response,
            Flux.just(0L)
                .concatWith(
                    Flux.interval(Duration.ofMillis(50))
                        .onBackpressureDrop()
                        .takeUntilOther(letGo)
                        .map(i -> i + 1))
                .map(i -> chunk("word" + i))
                .concatWith(end(1)));
  }

  /// Streams text as it stands.
  public static Script rawStream(String events) {
    return (_, response) -> events(response, Flux.just(events));
  }

  public static Script raw(int status, String body) {
    return (_, response) -> json(status, body, response);
  }

  public static Script rateLimits(int seconds) {
    return (_, response) ->
        json(
            429,
            "{\"error\":{\"message\":\"slow down\"}}",
            response.header("Retry-After", "" + seconds));
  }

  /// Tells of an error in the first event of a stream that looked good.
  public static Script errorFirst() {
    return (_, response) ->
        events(
            response, Flux.just("data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"));
  }

  private static Publisher<Void> json(int status, String body, HttpServerResponse response) {
    return response
        .status(status)
        .header("content-type", "application/json")
        .sendString(Mono.just(body));
  }

  @Override
  public void close() {
    server.disposeNow(Eventually.PATIENCE);
  }
}
