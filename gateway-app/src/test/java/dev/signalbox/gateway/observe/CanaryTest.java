package dev.signalbox.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.provider.TestGateway;
import io.netty.buffer.Unpooled;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/// Canaries for prompts, answers and keys are sent through every way a request can go. None may
/// turn up in the log at DEBUG, the metrics, the actuator, an error, or with whom it is not for.
class CanaryTest {
  private static final String PROVIDER_KEY = "sk-provider-ZxQwVt-9f8e7d6c5b4a39281706";
  private static final String PROMPT = "PROMPTCANARYtellmeasecret";
  private static final String ANSWER = "ANSWERCANARYhereisasecret";
  private static final List<String> CANARIES =
      new CopyOnWriteArrayList<>(List.of(PROVIDER_KEY, PROMPT, ANSWER, "HEADERCANARY"));

  @TempDir static Path directory;

  private static final Queue<String> LOG = new ConcurrentLinkedQueue<>();
  private static final List<String> OUTBOUND = new CopyOnWriteArrayList<>();
  private static final List<Map.Entry<Logger, Level>> LEVELS = new ArrayList<>();
  private static DisposableServer provider;
  private static volatile int status = 200;
  private static volatile String body = "";
  private static volatile String type = "application/json";
  private static TestGateway gateway;

  private static final AppenderBase<ILoggingEvent> RECORDER =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          LOG.add(
              event.getLoggerName()
                  + " "
                  + event.getFormattedMessage()
                  + (event.getThrowableProxy() == null
                      ? ""
                      : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }
      };

  @BeforeAll
  static void start() throws Exception {
    provider =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    request
                        .receive()
                        .aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .flatMap(
                            asked -> {
                              OUTBOUND.add(request.uri() + "\n" + request.requestHeaders());
                              return response
                                  .status(status)
                                  .header("content-type", type)
                                  .header("set-cookie", "HEADERCANARY-cookie")
                                  .header("server", "HEADERCANARY-server")
                                  .header("openai-organization", "HEADERCANARY-org")
                                  .header("x-request-id", "HEADERCANARY-id")
                                  .header("x-echo", PROVIDER_KEY)
                                  .send(
                                      Mono.just(
                                          Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)))
                                  .then();
                            }))
            .bindNow();
    String url = "http://127.0.0.1:" + provider.port() + "/v1";
    gateway =
        new TestGateway(
            directory,
            """
            providers:
              - {slug: acme, name: Acme, dialect: openai, base_url: "%1$s", api_key: %2$s}
              - {slug: claude, name: Claude, dialect: anthropic, base_url: "%1$s", api_key: %2$s}
              - {slug: gemini, name: Gemini, dialect: gemini, base_url: "%1$s", api_key: %2$s}
              - {slug: cohere, name: Cohere, dialect: cohere, base_url: "%1$s", api_key: %2$s}
              - {slug: azure, name: Azure, dialect: azure-openai, base_url: "%1$s", api_key: %2$s}
              - {slug: gone, name: Gone, dialect: openai, base_url: "http://127.0.0.1:1/v1", api_key: %2$s}
            models:
              - {id: acme/openai, endpoints: [{provider: acme, pricing: {prompt: "0.000001", completion: "0.000002"}}]}
              - {id: acme/anthropic, endpoints: [{provider: claude, pricing: {prompt: "0", completion: "0"}}]}
              - {id: acme/gemini, endpoints: [{provider: gemini, pricing: {prompt: "0", completion: "0"}}]}
              - {id: acme/cohere, endpoints: [{provider: cohere, pricing: {prompt: "0", completion: "0"}}]}
              - {id: acme/azure, endpoints: [{provider: azure, pricing: {prompt: "0", completion: "0"}}]}
              - {id: acme/gone, endpoints: [{provider: gone, pricing: {prompt: "0", completion: "0"}}]}
            """
                .formatted(url, PROVIDER_KEY),
            "--signalbox.pass-through.enabled=true");
    CANARIES.add(gateway.key());
    CANARIES.add(TestGateway.ADMIN);
    // Set after the start: the application's own configuration sets levels anew.
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    RECORDER.setContext(context);
    RECORDER.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    // What an operator may turn on; what the application's settings pin stays as they pin it.
    level(root, Level.DEBUG);
    level(context.getLogger("dev.signalbox"), Level.DEBUG);
    CONSOLE.addAll(detached(root));
    root.addAppender(RECORDER);
  }

  private static final List<ch.qos.logback.core.Appender<ILoggingEvent>> CONSOLE =
      new ArrayList<>();

  private static List<ch.qos.logback.core.Appender<ILoggingEvent>> detached(Logger root) {
    var appenders = new ArrayList<ch.qos.logback.core.Appender<ILoggingEvent>>();
    root.iteratorForAppenders().forEachRemaining(appenders::add);
    appenders.forEach(root::detachAppender);
    return appenders;
  }

  private static void level(Logger logger, Level level) {
    LEVELS.add(new java.util.AbstractMap.SimpleEntry<>(logger, logger.getLevel()));
    logger.setLevel(level);
  }

  @AfterAll
  static void stop() throws Exception {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAppender(RECORDER);
    CONSOLE.forEach(root::addAppender);
    LEVELS.forEach(entry -> entry.getKey().setLevel(entry.getValue()));
    gateway.close();
    provider.disposeNow(Eventually.PATIENCE);
  }

  private static HttpResponse<String> ask(String path, String members) throws Exception {
    return gateway.send(
        gateway
            .request(path, gateway.key())
            .header("x-api-key", "HEADERCANARY-key")
            .header("Cookie", "HEADERCANARY-cookie")
            .header("Forwarded", "for=HEADERCANARY")
            .header("X-Forwarded-For", "HEADERCANARY")
            .header("X-Forwarded-Host", "HEADERCANARY")
            .header("Proxy-Authorization", "HEADERCANARY")
            .header("traceparent", "HEADERCANARY")
            .header("X-Anything", "HEADERCANARY")
            .POST(BodyPublishers.ofString(members)));
  }

  private static HttpResponse<String> chat(String model, String more) throws Exception {
    return ask(
        "/api/v1/chat/completions",
        "{\"model\":\"%s\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
            .formatted(model, PROMPT, more));
  }

  private static void answers(int newStatus, String newType, String newBody) {
    status = newStatus;
    type = newType;
    body = newBody;
  }

  /// The provider's key as a careless or hostile provider might write it.
  private static List<String> writings() {
    byte[] bytes = PROVIDER_KEY.getBytes(StandardCharsets.UTF_8);
    return List.of(
        PROVIDER_KEY,
        URLEncoder.encode("Bearer " + PROVIDER_KEY + "/", StandardCharsets.UTF_8),
        Base64.getEncoder().encodeToString(bytes),
        Base64.getEncoder().encodeToString(("x" + PROVIDER_KEY).getBytes(StandardCharsets.UTF_8)),
        HexFormat.of().formatHex(bytes),
        PROVIDER_KEY.toUpperCase(Locale.ROOT),
        new StringBuilder(PROVIDER_KEY).reverse().toString(),
        PROVIDER_KEY.chars().mapToObj(c -> (char) c + "\u200b").collect(Collectors.joining()),
        PROVIDER_KEY.chars().mapToObj(c -> "&#" + c + ";").collect(Collectors.joining()),
        PROVIDER_KEY.substring(0, 20));
  }

  private static void isDiscreet(HttpResponse<String> response) {
    String all = response.headers().map() + "\n" + response.body();
    String bare = all.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    for (String written : writings()) {
      String secret = written.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
      for (int i = 0; i + 8 <= secret.length(); i += 4) {
        // "Bearer" and the prefix that every key has tell nothing.
        String window = secret.substring(i, i + 8);
        if (!"bearer20skprovider".contains(window)) {
          assertThat(bare).as("%s in %s", window, response.body()).doesNotContain(window);
        }
      }
    }
    assertThat(all).doesNotContain("HEADERCANARY").doesNotContain(gateway.key());
  }

  @Test
  void noCanaryTurnsUpWhereItShouldNot() throws Exception {
    succeed();
    fail();
    echoes();
    garbage();
    passThrough();
    everythingElse();
    inspectLog();
    inspectOutbound();
  }

  private static void succeed() throws Exception {
    answers(
        200,
        "application/json",
        "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"
            .formatted(ANSWER));
    for (String model : List.of("acme/openai", "acme/azure")) {
      var response = chat(model, "");
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(response.body()).contains(ANSWER);
      isDiscreet(response);
    }
    // Counted by ourselves, on other threads.
    body = body.replaceAll(",\"usage\":\\{.*?}", "");
    assertThat(chat("acme/openai", "").statusCode()).isEqualTo(200);
    answers(
        200,
        "text/event-stream",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
            .formatted(ANSWER));
    isDiscreet(chat("acme/openai", ",\"stream\":true"));
    // Broken off after content.
    answers(
        200,
        "text/event-stream",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\ndata: {\"error\":{\"message\":\"key %s\"}}\n\n"
            .formatted(ANSWER, PROVIDER_KEY));
    isDiscreet(chat("acme/openai", ",\"stream\":true"));
  }

  private static void fail() throws Exception {
    for (int code :
        new int[] {400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 302}) {
      answers(
          code,
          "application/json",
          "{\"error\":{\"message\":\"bad key %s for %s\",\"code\":\"%s\",\"type\":\"%s\"}}"
              .formatted(PROVIDER_KEY, PROMPT.substring(0, 4), PROVIDER_KEY, PROVIDER_KEY));
      for (String model :
          List.of("acme/openai", "acme/anthropic", "acme/gemini", "acme/cohere", "acme/azure")) {
        gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
        isDiscreet(chat(model, ""));
      }
    }
    isDiscreet(chat("acme/gone", ""));
  }

  private static void echoes() throws Exception {
    for (String written : writings()) {
      for (String shape :
          List.of(
              "{\"error\":{\"message\":\"Incorrect API key: %s\",\"code\":\"x\"}}",
              "{\"error\":{\"message\":\"x\",\"code\":\"%s\"}}",
              "{\"error\":\"%s\"}",
              "{\"message\":\"%s\"}",
              "{\"%s\":{\"error\":\"x\"}}",
              "<html><body>%s</body></html>",
              "%s")) {
        for (int code : new int[] {400, 200}) {
          answers(code, "application/json", shape.formatted(written));
          for (String model : List.of("acme/openai", "acme/anthropic")) {
            gateway.context().getBean(dev.signalbox.gateway.health.Breakers.class).forget();
            isDiscreet(chat(model, ""));
          }
        }
      }
    }
  }

  private static void garbage() throws Exception {
    String prompt = "\"messages\":[{\"role\":\"user\",\"content\":\"" + PROMPT + "\"}]";
    for (String bytes :
        List.of(
            "{" + prompt,
            "{\"model\":\"" + PROMPT + "\"," + prompt + "}",
            "{\"model\":7," + prompt + "}",
            "{\"model\":\"acme/openai\",\"" + PROMPT + "\":1,\"" + PROMPT + "\":2," + prompt + "}",
            "{\"model\":\"acme/openai\",\"temperature\":\"" + PROMPT + "\"," + prompt + "}",
            "{\"model\":\"acme/openai\",\"provider\":{\"sort\":\"" + PROMPT + "\"}," + prompt + "}",
            PROMPT,
            "[\"" + PROMPT + "\"]",
            "")) {
      for (String path :
          List.of("/api/v1/chat/completions", "/api/v1/completions", "/api/v1/embeddings")) {
        var response = ask(path, bytes);
        assertThat(response.statusCode()).as(bytes).isBetween(400, 499);
        isDiscreet(response);
      }
    }
  }

  private static void passThrough() throws Exception {
    String key = gateway.newPassThroughKey("{\"name\":\"p\"}");
    CANARIES.add(key);
    answers(400, "application/json", "{\"error\":{\"message\":\"" + PROVIDER_KEY + "\"}}");
    for (int code : new int[] {400, 401, 404, 500}) {
      status = code;
      isDiscreet(
          gateway.send(
              gateway
                  .request("/api/v1/providers/acme/files?purpose=" + PROMPT + "&key=" + key, key)
                  .header("Cookie", "HEADERCANARY")
                  .POST(BodyPublishers.ofString(PROMPT))));
    }
  }

  private static void everythingElse() throws Exception {
    for (String path :
        List.of(
            "/api/v1/key",
            "/api/v1/models",
            "/api/v1/providers",
            "/api/v1/generation?id=gen-" + PROMPT,
            "/nowhere/" + PROMPT)) {
      isDiscreet(gateway.send(gateway.request(path, gateway.key()).GET()));
    }
    for (String path :
        List.of(
            "/actuator/prometheus",
            "/actuator/health",
            "/actuator/info",
            "/actuator/gateway/routes",
            "/actuator")) {
      String shown = gateway.get(gateway.management() + path).body();
      CANARIES.forEach(canary -> assertThat(shown).as(path).doesNotContain(canary));
    }
    for (String path :
        List.of(
            "/actuator/env",
            "/actuator/heapdump",
            "/actuator/configprops",
            "/actuator/threaddump",
            "/actuator/loggers")) {
      assertThat(gateway.get(gateway.management() + path).statusCode()).as(path).isEqualTo(404);
      assertThat(gateway.get(gateway.base() + path).statusCode()).as(path).isEqualTo(404);
    }
  }

  private static void inspectLog() {
    assertThat(LOG).as("something was logged at DEBUG").hasSizeGreaterThan(100);
    for (String line : LOG) {
      for (String canary : CANARIES) {
        assertThat(line.contains(canary)).as("%s in the log: %.400s", canary, line).isFalse();
      }
    }
  }

  private static void inspectOutbound() {
    assertThat(OUTBOUND).hasSizeGreaterThan(100);
    for (String head : OUTBOUND) {
      assertThat(head).doesNotContain("HEADERCANARY").doesNotContain(gateway.key());
      assertThat(head.lines().findFirst().orElseThrow())
          .as("keys are never in URLs")
          .doesNotContain(PROVIDER_KEY);
    }
  }
}
