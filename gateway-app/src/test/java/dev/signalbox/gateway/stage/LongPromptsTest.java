package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

/// Long prompts share memory, one after another: nobody's may be seen by another, whatever becomes
/// of the attempts and the callers.
class LongPromptsTest {
  private static final int CALLERS = 8;
  private static final int CALLS = 40;
  private static final Pattern PROMPT =
      Pattern.compile("\"seed\":(\\d+).*\"content\":\"([^\"]*)\"");

  @TempDir Path directory;

  private final Queue<String> mixedUp = new ConcurrentLinkedQueue<>();
  private final AtomicInteger whole = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();

  /// A model for each of a caller's calls: no endpoint fails so often that it is not asked any
  /// more.
  private static String catalog(String first, String second) {
    var text =
        new StringBuilder(
            """
            providers:
              - {slug: first, dialect: openai, base_url: "%s"}
              - {slug: second, dialect: openai, base_url: "%s"}
            models:
            """
                .formatted(first, second));
    for (int i = 0; i < CALLS; i++) {
      text.append(
          """
            - id: acme/m%d
              context_length: 10000000
              endpoints:
                - {provider: first, pricing: {prompt: "0", completion: "0"}}
                - {provider: second, pricing: {prompt: "0", completion: "0"}}
          """
              .formatted(i));
    }
    return text.toString();
  }

  /// A prompt of one letter, which says its length.
  private static String prompt(int model, int length, char letter, boolean stream) {
    return "{\"model\":\"acme/m%d\",\"stream\":%b,\"seed\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"provider\":{\"order\":[\"first\",\"second\"]}}"
        .formatted(model, stream, length, String.valueOf(letter).repeat(length));
  }

  private void look(String body) {
    Matcher prompt = PROMPT.matcher(body);
    if (!prompt.find()) {
      mixedUp.add("no prompt in " + body.substring(0, Math.min(200, body.length())));
      return;
    }
    String content = prompt.group(2);
    if (content.length() != Integer.parseInt(prompt.group(1))
        || content.chars().anyMatch(letter -> letter != content.charAt(0))) {
      mixedUp.add(
          "%s letters announced, %d came: %s"
              .formatted(
                  prompt.group(1),
                  content.length(),
                  content.chars().distinct().mapToObj(Character::toString).toList()));
    }
    whole.incrementAndGet();
  }

  /// Fails in one way after another; what it reads to the end, it looks at.
  private DisposableServer unreliable() {
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .handle(
            (request, response) ->
                switch (asked.getAndIncrement() % 5) {
                  case 0 -> response.status(500).sendString(Mono.just("{}")).then();
                  case 1 -> cut(request);
                  case 2 ->
                      request
                          .receive()
                          .delayElements(Duration.ofMillis(5))
                          .then(Mono.defer(() -> cut(request)));
                  case 3 ->
                      request
                          .receive()
                          .aggregate()
                          .asString()
                          .doOnNext(this::look)
                          .then(response.status(503).sendString(Mono.just("{}")).then());
                  default -> Mono.delay(Duration.ofMillis(200)).then();
                })
        .bindNow();
  }

  private static Mono<Void> cut(HttpServerRequest request) {
    request.withConnection(connection -> connection.channel().close());
    return Mono.never();
  }

  private static HttpRequest request(RunningGateway gateway, String body) {
    return HttpRequest.newBuilder(URI.create(gateway.base + "/api/v1/chat/completions"))
        .version(HttpClient.Version.HTTP_1_1)
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer " + gateway.key)
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private int call(RunningGateway gateway, int caller) throws Exception {
    var random = new Random(caller);
    int answered = 0;
    for (int i = 0; i < CALLS; i++) {
      int length = 20_000 + random.nextInt(1 << random.nextInt(10, 21));
      var letter = (char) ('a' + caller);
      CompletableFuture<HttpResponse<String>> answer =
          gateway.http.sendAsync(
              request(gateway, prompt(i, length, letter, random.nextBoolean())),
              BodyHandlers.ofString());
      if (random.nextInt(4) == 0) {
        Thread.sleep(random.nextInt(60));
        answer.cancel(true);
      } else {
        HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        answered++;
      }
    }
    return answered;
  }

  @Test
  void nobodysPromptIsSeenByAnother() throws Exception {
    DisposableServer first = unreliable();
    try (var second =
        FakeProvider.start()
            .usually(
                (body, response) -> {
                  look(body);
                  return FakeProvider.answers("Hi there").answer(body, response);
                })) {
      Path file = directory.resolve("catalog.yaml");
      Files.writeString(file, catalog("http://127.0.0.1:" + first.port() + "/v1", second.url()));
      try (var gateway = new RunningGateway(file, directory.resolve("data"));
          var callers = Executors.newFixedThreadPool(CALLERS)) {
        List<Future<Integer>> running = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
          int caller = i;
          running.add(callers.submit(() -> call(gateway, caller)));
        }
        int answered = 0;
        for (Future<Integer> caller : running) {
          answered += caller.get();
        }
        assertThat(mixedUp).isEmpty();
        assertThat(answered).isGreaterThan(CALLERS * CALLS / 2);
        assertThat(whole.get()).isGreaterThanOrEqualTo(answered);
        assertThat(asked.get()).isGreaterThan(CALLS);
      }
    } finally {
      first.disposeNow();
    }
  }
}
