package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.gateway.provider.FakeProvider;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a gateway lives through: catalogs that grow, change and break under it, and its end.
class LifeTest {
  @TempDir Path directory;

  private static String catalog(FakeProvider provider, int models) {
    var text =
        new StringBuilder("providers:\n  - {slug: acme, dialect: openai, base_url: \"")
            .append(provider.url())
            .append("\"}\nmodels:\n");
    for (int i = 0; i < models; i++) {
      text.append("  - id: acme/m")
          .append(i)
          .append(
              "\n"
                  + "    endpoints:\n"
                  + "      - {provider: acme, pricing: {prompt: \"0\", completion: \"0\"}}\n");
    }
    return text.toString();
  }

  private static void awaitModels(RunningGateway gateway, int count) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    String body = "";
    while (System.nanoTime() < deadline) {
      body = gateway.get(gateway.base + "/api/v1/models/count").body();
      if (body.contains("\"count\":" + count + "}")) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("expected %d models, got %s".formatted(count, body));
  }

  private static long medianNanos(RunningGateway gateway) throws Exception {
    long[] took = new long[300];
    for (int i = 0; i < took.length; i++) {
      long start = System.nanoTime();
      var response =
          gateway.http.send(gateway.chat("\"model\":\"acme/m1\""), BodyHandlers.ofString());
      took[i] = System.nanoTime() - start;
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
    java.util.Arrays.sort(took);
    return took[took.length / 2];
  }

  @Test
  void twoThousandEndpointsComeAndGoAndCostARequestNothing() throws Exception {
    try (var provider = FakeProvider.start()) {
      Path file = directory.resolve("catalog.yaml");
      Files.writeString(file, catalog(provider, 2));
      try (var gateway = new RunningGateway(file, directory.resolve("data"))) {
        medianNanos(gateway);
        medianNanos(gateway);
        double few = 0;
        double many = 0;
        for (int round = 0; round < 3; round++) {
          Files.writeString(file, catalog(provider, 2));
          awaitModels(gateway, 2);
          few += medianNanos(gateway);
          Files.writeString(file, catalog(provider, 2_000));
          awaitModels(gateway, 2_000);
          many += medianNanos(gateway);
        }
        System.out.printf("request with 2,000 endpoints / with 2: %.2f%n", many / few);
        assertThat(many / few).isLessThan(1.5);
        String routes = gateway.get(gateway.management + "/actuator/gateway/routes").body();
        assertThat(routes).contains("acme/m1999@acme", "\"health\":\"stable\"");

        Files.writeString(file, "models: [oh, no");
        Thread.sleep(2_500);
        awaitModels(gateway, 2_000);
        assertThat(gateway.get(gateway.management + "/actuator/prometheus").body())
            .contains("signalbox_catalog_reloads_total{outcome=\"failed\"} 1.0");
      }
    }
  }

  @Test
  void aStoppingGatewayFinishesWhatRunsAndTakesNothingNew() throws Exception {
    try (var provider = FakeProvider.start()) {
      Path file = directory.resolve("catalog.yaml");
      Files.writeString(file, catalog(provider, 2));
      var gateway = new RunningGateway(file, directory.resolve("data"));
      provider.next(FakeProvider.dripsWords(40));
      CompletableFuture<String> running =
          gateway
              .http
              .sendAsync(
                  gateway.chat("\"model\":\"acme/m0\",\"stream\":true"), BodyHandlers.ofString())
              .thenApply(response -> response.body());
      while (provider.requests().isEmpty()) {
        Thread.sleep(5);
      }
      Thread stopping = Thread.ofPlatform().start(gateway::close);
      Thread.sleep(300);
      assertThat(running).isNotDone();
      assertThat(gateway.get(gateway.management + "/actuator/health/readiness").statusCode())
          .isEqualTo(503);
      var refused =
          gateway.http.send(gateway.chat("\"model\":\"acme/m0\""), BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("shutting down");
      assertThat(running.get(10, TimeUnit.SECONDS))
          .contains("word39", "\"usage\"")
          .endsWith("data: [DONE]\n\n");
      stopping.join(TimeUnit.SECONDS.toMillis(15));
      assertThat(stopping.isAlive()).isFalse();
    }
  }
}
