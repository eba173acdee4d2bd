package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations stay where they are: two gateways on one database, three providers at one price.
class ConversationTest {
  private static final long BRIEF_MILLIS = 2_500;

  @TempDir static Path directory;

  private static final Map<String, FakeProvider> providers = new TreeMap<>();
  private static RunningGateway one;
  private static RunningGateway other;

  /// One that soon forgets, with a database of its own.
  private static RunningGateway brief;

  @BeforeAll
  static void start() throws Exception {
    var catalog = new StringBuilder("providers:\n");
    for (String slug : List.of("pa", "pb", "pc")) {
      FakeProvider provider = FakeProvider.start();
      providers.put(slug, provider);
      catalog.append(
          "  - {slug: %s, name: %s, dialect: openai, base_url: \"%s\"}\n"
              .formatted(slug, slug.toUpperCase(java.util.Locale.ROOT), provider.url()));
    }
    catalog.append("models:\n");
    model(catalog, "acme/talk", ", input_cache_read: \"0.0000001\"");
    model(catalog, "acme/plain", "");
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(file, catalog);
    DatabaseAddress database = PostgresFixture.migrated();
    one = gateway(database, file, "one", "5m");
    other = gateway(database, file, "other", "5m");
    brief = gateway(PostgresFixture.migrated(), file, "brief", BRIEF_MILLIS + "ms");
  }

  private static void model(StringBuilder catalog, String id, String cache) {
    catalog.append("  - id: ").append(id).append("\n    endpoints:\n");
    for (String slug : providers.keySet()) {
      catalog.append(
          "      - {provider: %s, pricing: {prompt: \"0.000001\", completion: \"0.000001\"%s}}\n"
              .formatted(slug, cache));
    }
  }

  private static RunningGateway gateway(
      DatabaseAddress database, Path catalog, String name, String timeToLive) throws Exception {
    return new RunningGateway(
        database,
        catalog,
        directory.resolve(name),
        "--signalbox.pepper=a-pepper-that-both-replicas-have",
        "--signalbox.routing.sticky-ttl=" + timeToLive,
        "--signalbox.exchange.interval=200ms");
  }

  @AfterAll
  static void stop() {
    one.close();
    other.close();
    brief.close();
    providers.values().forEach(FakeProvider::close);
  }

  @BeforeEach
  void reset() {
    providers.values().forEach(FakeProvider::reset);
    one.context.getBean(Breakers.class).forget();
    other.context.getBean(Breakers.class).forget();
    brief.context.getBean(Breakers.class).forget();
  }

  /// Returns who answered.
  private static String ask(RunningGateway gateway, String members) throws Exception {
    return provider(gateway.send(gateway.chat(key(gateway), members)));
  }

  private static String key(RunningGateway gateway) {
    return gateway == brief ? brief.key : one.key;
  }

  private static String provider(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningGateway.json(response)
        .path("provider")
        .asString()
        .toLowerCase(java.util.Locale.ROOT);
  }

  private static String session(String name) {
    return "\"model\":\"acme/talk\",\"session_id\":\"" + name + "\"";
  }

  private static Set<String> askTimes(int times, String members) throws Exception {
    var seen = new HashSet<String>();
    for (int i = 0; i < times; i++) {
      seen.add(ask(one, members));
    }
    return seen;
  }

  /// Returns a session's name that the hash gives to a provider.
  private static String sessionAt(String wanted, String prefix) throws Exception {
    for (int i = 0; i < 200; i++) {
      if (ask(one, session(prefix + i)).equals(wanted)) {
        return prefix + i;
      }
    }
    throw new AssertionError("no session at " + wanted);
  }

  private static String withHeader(String header, String members) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(one.chat(members), (_, _) -> true)
            .header("X-Session-Id", header)
            .build();
    return provider(one.send(request));
  }

  @Test
  void aNamedSessionStaysAndSessionsAreSpread() throws Exception {
    var all = new HashSet<String>();
    for (int s = 0; s < 12; s++) {
      Set<String> seen = askTimes(5, session("spread-" + s));
      assertThat(seen).hasSize(1);
      all.addAll(seen);
    }
    assertThat(all).hasSizeGreaterThan(1);
  }

  /// C152 on two replicas: before either has told the other anything, and after a fallback.
  @Test
  void aSessionThatLeavesTheModelOpenHasOneModelAndProviderOnAllReplicas() throws Exception {
    for (int s = 0; s < 12; s++) {
      String auto = "\"model\":\"openrouter/auto\",\"session_id\":\"auto-" + s + "\"";
      assertThat(served(other, auto)).isEqualTo(served(one, auto));
    }
    anotherReplicaHearsOfARefuge("\"model\":\"openrouter/auto\",\"session_id\":\"moved\"");
  }

  /// Returns the model and the provider that answered.
  private static String served(RunningGateway gateway, String members) throws Exception {
    HttpResponse<String> response = gateway.send(gateway.chat(one.key, members));
    return RunningGateway.json(response).path("model").asString() + " " + provider(response);
  }

  @Test
  void theBodyBeatsTheHeaderAndTheHeaderBeatsTheCacheKey() throws Exception {
    String a = sessionAt("pa", "precedence-");
    String b = sessionAt("pb", "precedence-");
    String c = sessionAt("pc", "precedence-");
    String model = "\"model\":\"acme/talk\"";
    String cacheKey = ",\"prompt_cache_key\":\"" + c + "\"";
    assertThat(withHeader(b, session(a) + cacheKey)).isEqualTo("pa");
    assertThat(withHeader(b, model + cacheKey)).isEqualTo("pb");
    assertThat(ask(one, model + cacheKey)).isEqualTo("pc");
  }

  @Test
  void aNameOf257CharactersIsRefused() throws Exception {
    assertThat(one.send(one.chat(session("x".repeat(256)))).statusCode()).isEqualTo(200);
    assertThat(one.send(one.chat(session("x".repeat(257)))).statusCode()).isEqualTo(400);
    HttpRequest header =
        HttpRequest.newBuilder(one.chat("\"model\":\"acme/talk\""), (_, _) -> true)
            .header("x-session-id", "x".repeat(257))
            .build();
    assertThat(one.send(header).statusCode()).isEqualTo(400);
  }

  @Test
  void whoAnswersForAFailingProviderKeepsTheConversation() throws Exception {
    String session = session("fallback");
    String home = ask(one, session);
    providers.get(home).next(FakeProvider.raw(500, "x"));
    String refuge = ask(one, session);
    assertThat(refuge).isNotEqualTo(home);
    one.context.getBean(Breakers.class).forget();
    assertThat(askTimes(5, session)).containsExactly(refuge);

    // An error for all changes nothing.
    providers.values().forEach(provider -> provider.usually(FakeProvider.raw(500, "x")));
    assertThat(one.send(one.chat(session)).statusCode()).isEqualTo(503);
    reset();
    assertThat(ask(one, session)).isEqualTo(refuge);
  }

  @Test
  void orderSwitchesItOffAndASortDoesNot() throws Exception {
    String home = ask(one, session("ordered"));
    for (String slug : providers.keySet()) {
      assertThat(ask(one, session("ordered") + ",\"provider\":{\"order\":[\"" + slug + "\"]}"))
          .isEqualTo(slug);
    }
    String sorted = session("sorted") + ",\"provider\":{\"sort\":\"price\"}";
    home = ask(one, sorted);
    providers.get(home).next(FakeProvider.raw(500, "x"));
    String refuge = ask(one, sorted);
    one.context.getBean(Breakers.class).forget();
    assertThat(askTimes(3, sorted)).containsExactly(refuge);
  }

  @Test
  void whereCachedPromptsAreNotCheaperNothingIsKept() throws Exception {
    assertThat(askTimes(40, "\"model\":\"acme/plain\",\"session_id\":\"plain\""))
        .hasSizeGreaterThan(1);
  }

  private static final String CACHED =
      """
      {"id":"up-1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,
      "message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":
      {"prompt_tokens":10,"completion_tokens":1,"total_tokens":11,
      "prompt_tokens_details":{"cached_tokens":8}}}
      """;

  private static String opening(String text) {
    return "{\"model\":\"acme/talk\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
        + "{\"role\":\"user\",\"content\":\""
        + text
        + "\"}%s]}";
  }

  private static String askRaw(String body) throws Exception {
    return provider(one.call("POST", "/api/v1/chat/completions", one.key, body));
  }

  @Test
  void anUnnamedConversationIsKeptOnceACacheWasSeenAtWork() throws Exception {
    String first = opening("tell me a story").formatted("");
    var before = new HashSet<String>();
    for (int i = 0; i < 40; i++) {
      before.add(askRaw(first));
    }
    assertThat(before).hasSizeGreaterThan(1);

    providers.values().forEach(provider -> provider.next(FakeProvider.raw(200, CACHED)));
    String home = askRaw(first);
    String later =
        opening("tell me a story")
            .formatted(
                ",{\"role\":\"assistant\",\"content\":\"Once\"},{\"role\":\"user\",\"content\":\"On\"}");
    var after = new HashSet<String>();
    for (int i = 0; i < 15; i++) {
      after.add(askRaw(first));
      after.add(askRaw(later));
    }
    assertThat(after).containsExactly(home);

    reset();
    var strangers = new HashSet<String>();
    for (int i = 0; i < 40; i++) {
      strangers.add(askRaw(opening("another story").formatted("")));
    }
    assertThat(strangers).hasSizeGreaterThan(1);
  }

  @Test
  void aPinSlidesWithEachAnswerAndEndsInSilence() throws Exception {
    String session = session("silence");
    String home = ask(brief, session);
    // Asked in time four times, it stays; a machine that comes late once begins anew.
    long since = System.nanoTime();
    String refuge = takeRefuge(session, home);
    for (int inTime = 0, asked = 0; inTime < 4; asked++) {
      assertThat(asked).as("asked, and hardly ever in time").isLessThan(40);
      Thread.sleep(BRIEF_MILLIS / 2);
      long before = System.nanoTime();
      String seen = ask(brief, session);
      if (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(BRIEF_MILLIS)) {
        assertThat(seen).isEqualTo(refuge);
        inTime++;
      } else {
        inTime = 0;
        before = System.nanoTime();
        refuge = seen.equals(home) ? takeRefuge(session, home) : seen;
      }
      since = before;
    }
    Thread.sleep(BRIEF_MILLIS);
    // Asking would itself keep the conversation.
    Eventually.holds("it is forgotten", () -> planned(brief, session).equals(home));
    assertThat(ask(brief, session)).isEqualTo(home);
  }

  /// Returns who answers when the one that would cannot.
  private static String takeRefuge(String session, String home) throws Exception {
    providers.get(home).next(FakeProvider.raw(500, "x"));
    String refuge = ask(brief, session);
    assertThat(refuge).isNotEqualTo(home);
    brief.context.getBean(Breakers.class).forget();
    return refuge;
  }

  @Test
  void replicasAgreeAtOnceAndHearOfARefugeSoon() throws Exception {
    for (int s = 0; s < 10; s++) {
      assertThat(ask(one, session("agreed-" + s))).isEqualTo(ask(other, session("agreed-" + s)));
    }
    anotherReplicaHearsOfARefuge(session("moved"));
  }

  private static void anotherReplicaHearsOfARefuge(String session) throws Exception {
    String home = ask(one, session);
    assertThat(ask(other, session)).isEqualTo(home);
    providers.get(home).next(FakeProvider.raw(500, "x"));
    String refuge = ask(one, session);
    one.context.getBean(Breakers.class).forget();
    Eventually.holds(
        "the other replica hears of it",
        () -> {
          assertThat(ask(one, session)).isEqualTo(refuge);
          return planned(other, session).equals(refuge);
        });
    assertThat(ask(other, session)).isEqualTo(refuge);
  }

  /// Returns who would be asked first.
  private static String planned(RunningGateway gateway, String members) throws Exception {
    return RunningGateway.json(gateway.send(explained(gateway, members)))
        .path("data")
        .path("attempts")
        .path(0)
        .path("provider")
        .asString()
        .toLowerCase(java.util.Locale.ROOT);
  }

  private static HttpRequest explained(RunningGateway gateway, String members) {
    return HttpRequest.newBuilder(gateway.chat(key(gateway), members), (_, _) -> true)
        .uri(java.net.URI.create(gateway.base + "/api/v1/routing/explain"))
        .POST(
            BodyPublishers.ofString(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]," + members + "}"))
        .build();
  }
}
