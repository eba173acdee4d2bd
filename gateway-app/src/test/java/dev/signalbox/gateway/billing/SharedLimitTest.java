package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.SignalboxApplication;
import dev.signalbox.gateway.provider.FakeProvider;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Several gateways on one database, and one key that all of them serve at once.
class SharedLimitTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ADMIN = "an-operator-key-for-tests-only";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path directory;

  private static FakeProvider provider;
  private static DatabaseAddress database;
  private static final List<ConfigurableApplicationContext> gateways = new ArrayList<>();
  private static final List<String> bases = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    provider = FakeProvider.start();
    database = PostgresFixture.migrated();
    Path catalog = directory.resolve("catalog.yaml");
    // Ten prompt and two answer tokens: 0.002 dollars a request.
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: acme, name: Acme, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: acme, pricing: {prompt: "0.0001", completion: "0.0005"}}
        """
            .formatted(provider.url()));
    for (int i = 0; i < 4; i++) {
      var gateway =
          new SpringApplicationBuilder(SignalboxApplication.class)
              .run(
                  "--server.port=0",
                  "--management.server.port=0",
                  "--spring.jmx.enabled=false",
                  "--signalbox.database-url=" + PostgresFixture.url(database),
                  "--signalbox.data=" + directory.resolve("data-" + i),
                  "--signalbox.catalog=" + catalog,
                  "--signalbox.pepper=a-pepper-that-all-of-them-share",
                  "--signalbox.admin-key=" + ADMIN,
                  "--signalbox.drain.grace=2s");
      gateways.add(gateway);
      bases.add("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port"));
    }
    execute(
        "INSERT INTO credit_grant (account_id, usd, reason, actor)"
            + " SELECT id, 1000, 'test', 'test' FROM accounts");
  }

  @AfterAll
  static void stop() {
    gateways.forEach(ConfigurableApplicationContext::close);
    provider.close();
  }

  private static HttpResponse<String> post(String base, String path, String secret, String body)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Authorization", "Bearer " + secret)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static String newKey(String body) throws Exception {
    HttpResponse<String> made = post(bases.getFirst(), "/api/v1/keys", ADMIN, body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return JSON.readTree(made.body()).path("key").asString();
  }

  private static void execute(String sql) {
    PostgresFixture.execute(database, sql);
  }

  private static String query(String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
        var rows = connection.createStatement().executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "none";
    }
  }

  private record Seen(int status, String body, boolean stream) {
    BigDecimal cost() {
      String cost = body.replaceAll("(?s).*\"cost\":([0-9.]+).*", "$1");
      return status == 200 ? new BigDecimal(cost) : BigDecimal.ZERO;
    }
  }

  /// 64 clients, each asking until the key has been refused three times in a row, at whichever
  /// gateway comes next.
  private static List<Seen> exhaust(String key, int replicas, String members) throws Exception {
    var seen = new ConcurrentLinkedQueue<Seen>();
    var next = new AtomicInteger();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Callable<Void>>();
      for (int client = 0; client < 64; client++) {
        running.add(
            () -> {
              for (int refused = 0; refused < 2; ) {
                int turn = next.getAndIncrement();
                boolean stream = turn % 3 == 0;
                HttpResponse<String> response =
                    post(
                        bases.get(turn % replicas),
                        "/api/v1/chat/completions",
                        key,
                        "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
                            + members
                            + (stream ? ",\"stream\":true}" : "}"));
                seen.add(new Seen(response.statusCode(), response.body(), stream));
                if (response.statusCode() == 503) {
                  // Where one of the gateways stood still for seconds, as on a machine that did,
                  // nobody knows whether the limit is spent: come again.
                  Thread.sleep(200);
                } else {
                  refused = response.statusCode() == 200 ? 0 : refused + 1;
                }
              }
              return null;
            });
      }
      for (var done : clients.invokeAll(running)) {
        done.get();
      }
    }
    return List.copyOf(seen);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aDollarIsSpentToTheLastCentAndNotOneMore(int replicas) throws Exception {
    for (String members : List.of("", ",\"max_tokens\":8")) {
      String key = newKey("{\"name\":\"dollar\",\"limit\":1}");
      List<Seen> seen = exhaust(key, replicas, members);
      BigDecimal told = seen.stream().map(Seen::cost).reduce(BigDecimal.ZERO, BigDecimal::add);
      String hash = dev.signalbox.billing.account.KeySecret.hash(key);
      awaitDrained();
      var billed =
          new BigDecimal(
              query("SELECT sum(charged) FROM usage_record WHERE key_hash = '" + hash + "'"));
      var overrun =
          new BigDecimal(
              query("SELECT sum(overrun) FROM usage_record WHERE key_hash = '" + hash + "'"));
      assertThat(billed).isEqualByComparingTo(told);
      assertThat(billed).isLessThanOrEqualTo(BigDecimal.ONE);
      assertThat(billed).isGreaterThanOrEqualTo(new BigDecimal("0.98"));
      // What is held covers each of these answers: the operator pays for none of it.
      assertThat(overrun).isZero();
      assertThat(seen)
          .filteredOn(one -> one.status() != 200)
          .allMatch(one -> one.status() == 402 || one.status() == 503);
      // A refusal before the end would be one of somebody who had credit.
      long before = seen.stream().filter(one -> one.status() == 200).count();
      assertThat(before).isGreaterThanOrEqualTo(490);
      assertThat(query("SELECT rule FROM ledger_check() WHERE wrong > 0")).isEqualTo("none");
    }
  }

  @Test
  void aStreamIsCutWhenItsCreditIsUsedUp() throws Exception {
    String key = newKey("{\"name\":\"short\",\"limit\":0.05}");
    provider.next(FakeProvider.answers("a word or two that count ".repeat(200)));
    HttpResponse<String> response =
        post(
            bases.getFirst(),
            "/api/v1/chat/completions",
            key,
            "{\"model\":\"acme/alpha\",\"stream\":true,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body())
        .contains("\"finish_reason\":\"length\"", "token_limit_exceeded")
        .endsWith("data: [DONE]\n\n");
    BigDecimal cost = new Seen(200, response.body(), true).cost();
    assertThat(cost).isLessThanOrEqualTo(new BigDecimal("0.05")).isPositive();
    awaitDrained();
    String hash = dev.signalbox.billing.account.KeySecret.hash(key);
    assertThat(
            new BigDecimal(
                query("SELECT sum(charged) FROM usage_record WHERE key_hash = '" + hash + "'")))
        .isEqualByComparingTo(cost);
  }

  /// A prompt that was thought to be a thousand times shorter.
  @Test
  void whatCostsMoreThanWasHeldIsChargedWhileThereIsCreditAnywhere() throws Exception {
    String key = newKey("{\"name\":\"surprised\",\"limit\":5}");
    provider.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"up-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"up\","
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                + "\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":10000,\"completion_tokens\":2}}"));
    try {
      BigDecimal sum = BigDecimal.ZERO;
      for (int i = 0; i < 5; i++) {
        HttpResponse<String> response =
            post(
                bases.get(i % 4),
                "/api/v1/chat/completions",
                key,
                "{\"model\":\"acme/alpha\",\"max_tokens\":8,"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        BigDecimal cost = new Seen(200, response.body(), false).cost();
        sum = sum.add(cost);
        if (i < 3) {
          assertThat(cost).as("answer " + i).isEqualByComparingTo("1.001");
        }
      }
      // The last one meets the limit: it is charged what is left, wherever that was leased to, and
      // not a cent past it.
      assertThat(sum).isBetween(new BigDecimal("4.99"), new BigDecimal("5"));
    } finally {
      provider.reset();
    }
  }

  /// Answers of a fifth of the limit, held with a thousandth of it, at two gateways at once.
  @Test
  void aLimitIsUsedUpHoweverDearAnAnswerIs() throws Exception {
    String key = newKey("{\"name\":\"dear\",\"limit\":5}");
    provider.usually(
        FakeProvider.raw(
            200,
            "{\"id\":\"up-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"up\","
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                + "\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":10000,\"completion_tokens\":2}}"));
    try {
      var sums = new ConcurrentLinkedQueue<BigDecimal>();
      try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
        var running = new ArrayList<Callable<Void>>();
        for (int client = 0; client < 4; client++) {
          String base = bases.get(client % 2);
          running.add(
              () -> {
                for (int refused = 0; refused < 2; ) {
                  HttpResponse<String> response =
                      post(
                          base,
                          "/api/v1/chat/completions",
                          key,
                          "{\"model\":\"acme/alpha\",\"max_tokens\":8,"
                              + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
                  assertThat(response.statusCode()).as(response.body()).isIn(200, 402);
                  refused += response.statusCode() == 200 ? 0 : 1;
                  sums.add(new Seen(response.statusCode(), response.body(), false).cost());
                }
                return null;
              });
        }
        for (var done : clients.invokeAll(running)) {
          done.get();
        }
      }
      BigDecimal sum = sums.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
      System.out.printf("%s of 5 dollars used by answers of 1.001%n", sum.toPlainString());
      assertThat(sum).isBetween(new BigDecimal("4.9"), new BigDecimal("5"));
      awaitDrained();
      String hash = dev.signalbox.billing.account.KeySecret.hash(key);
      assertThat(
              new BigDecimal(
                  query("SELECT sum(charged) FROM usage_record WHERE key_hash = '" + hash + "'")))
          .isEqualByComparingTo(sum);
      assertThat(query("SELECT rule FROM ledger_check() WHERE wrong > 0")).isEqualTo("none");
    } finally {
      provider.reset();
    }
  }

  @Test
  void whoeverNamesNoLengthGetsAShorterAnswerRatherThanNone() throws Exception {
    String key = newKey("{\"name\":\"little\",\"limit\":0.1}");
    provider.reset();
    HttpResponse<String> response =
        post(
            bases.getFirst(),
            "/api/v1/chat/completions",
            key,
            "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode sent = JSON.readTree(provider.requests().getLast());
    assertThat(sent.path("max_tokens").asLong()).isBetween(16L, 200L);
    response =
        post(
            bases.getFirst(),
            "/api/v1/chat/completions",
            key,
            "{\"model\":\"acme/alpha\",\"max_tokens\":8000,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(response.body()).contains("requested up to 8000 tokens");
    String none = newKey("{\"name\":\"next to nothing\",\"limit\":0.0003}");
    response =
        post(
            bases.getFirst(),
            "/api/v1/chat/completions",
            none,
            "{\"model\":\"acme/alpha\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted("a word ".repeat(50)));
    assertThat(response.statusCode()).isEqualTo(402);
    assertThat(response.body()).containsPattern("Prompt tokens limit exceeded: [0-9]+ > 3\\.");
  }

  private static void awaitDrained() throws Exception {
    Eventually.holds(
        "no record waits in a journal",
        () ->
            gateways.stream()
                .map(gateway -> gateway.getBean(dev.signalbox.billing.journal.Journal.class))
                .allMatch(journal -> journal.depth() == 0));
  }
}
