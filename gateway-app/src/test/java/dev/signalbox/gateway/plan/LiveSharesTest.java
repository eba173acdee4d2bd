package dev.signalbox.gateway.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.provider.FakeProvider;
import dev.signalbox.gateway.stage.RunningGateway;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Who gets how many of 2,000 requests, over real sockets, at prices of 1, 2 and 3.
class LiveSharesTest {
  private static final int REQUESTS = 2_000;
  private static final long SEED = 20_261_124;

  @TempDir static Path directory;

  private static final List<FakeProvider> providers = new ArrayList<>();
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    for (int i = 0; i < 3; i++) {
      providers.add(FakeProvider.start());
    }
    Path file = directory.resolve("catalog.yaml");
    Files.writeString(
        file,
        """
        providers:
          - {slug: pa, name: PA, dialect: openai, base_url: "%s"}
          - {slug: pb, name: PB, dialect: openai, base_url: "%s"}
          - {slug: pc, name: PC, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: pa, pricing: {prompt: "0.000001", completion: "0.000001"}}
              - {provider: pb, pricing: {prompt: "0.000002", completion: "0.000002"}}
              - {provider: pc, pricing: {prompt: "0.000003", completion: "0.000003"}}
        """
            .formatted(providers.get(0).url(), providers.get(1).url(), providers.get(2).url()));
    System.out.println("routing seed: " + SEED);
    gateway =
        new RunningGateway(
            PostgresFixture.migrated(),
            file,
            directory.resolve("data"),
            "--signalbox.routing.seed=" + SEED);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    providers.forEach(FakeProvider::close);
  }

  @BeforeEach
  void reset() {
    providers.forEach(FakeProvider::reset);
    gateway.context.getBean(Breakers.class).forget();
  }

  /// Returns how often each provider was tried first.
  private static Map<String, Integer> firstAttempts() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.chat("\"model\":\"acme/alpha\""), (_, _) -> true)
            .header("X-OpenRouter-Metadata", "enabled")
            .build();
    var first = new HashMap<>(Map.of("PA", 0, "PB", 0, "PC", 0));
    for (int i = 0; i < REQUESTS; i++) {
      var response = gateway.send(request);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      JsonNode attempts =
          RunningGateway.json(response).path("openrouter_metadata").path("attempts");
      first.merge(attempts.path(0).path("provider").asString(), 1, Integer::sum);
    }
    System.out.println("first attempts: " + first);
    return first;
  }

  /// How often a trial is let in goes by the clock, so that runs differ in spite of the seed: one
  /// in ten million is further off than this.
  private static void assertShare(int count, int of, double share) {
    double sigma = Math.sqrt(of * share * (1 - share));
    assertThat((double) count).isCloseTo(of * share, within(5.3 * sigma));
  }

  @Test
  void sharesFollowTheInverseSquareOfThePrice() throws Exception {
    Map<String, Integer> first = firstAttempts();
    double sum = 1 + 1 / 4.0 + 1 / 9.0;
    assertShare(first.get("PA"), REQUESTS, 1 / sum);
    assertShare(first.get("PB"), REQUESTS, 1 / 4.0 / sum);
    assertShare(first.get("PC"), REQUESTS, 1 / 9.0 / sum);
    assertThat(providers.stream().mapToInt(provider -> provider.requests().size()).sum())
        .isEqualTo(REQUESTS);
  }

  @Test
  void aFailingProviderIsHardlyTriedAndTheOthersShareNineToOne() throws Exception {
    providers.get(1).usually(FakeProvider.raw(500, "{}"));
    Map<String, Integer> first = firstAttempts();
    assertThat(first.get("PB")).isLessThan(REQUESTS / 50);
    int rest = REQUESTS - first.get("PB");
    assertShare(first.get("PA"), rest, 0.9);
    assertShare(first.get("PC"), rest, 0.1);
    assertThat(providers.get(0).requests().size() + providers.get(2).requests().size())
        .isEqualTo(REQUESTS);
  }
}
