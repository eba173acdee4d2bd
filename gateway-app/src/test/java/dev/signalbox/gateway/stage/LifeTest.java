package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.signalbox.db.Eventually;
import dev.signalbox.gateway.provider.FakeProvider;
import java.lang.management.ManagementFactory;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/// What a gateway lives through: catalogs that grow, change and break under it, and its end.
class LifeTest {
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

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
    Eventually.seen(
        count + " models",
        () -> gateway.get(gateway.base + "/api/v1/models/count").body(),
        body -> body.contains("\"count\":" + count + "}"));
  }

  /// Puts a file in another's place, so that nobody reads half of it.
  private static void replace(Path file, String text) throws Exception {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Returns the processor time of some requests, those who ask and answer included: unlike the
  /// clock it does not tell what else the machine has to do.
  private static long processorNanos(RunningGateway gateway) throws Exception {
    long start = PROCESS.getProcessCpuTime();
    for (int i = 0; i < 300; i++) {
      var response =
          gateway.http.send(gateway.chat("\"model\":\"acme/m1\""), BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }
    return PROCESS.getProcessCpuTime() - start;
  }

  @Test
  void twoThousandEndpointsComeAndGoAndCostARequestNothing() throws Exception {
    try (var provider = FakeProvider.start()) {
      Path file = directory.resolve("catalog.yaml");
      Files.writeString(file, catalog(provider, 2));
      try (var gateway = new RunningGateway(file, directory.resolve("data"))) {
        processorNanos(gateway);
        processorNanos(gateway);
        // The least of several rounds: a collector or a compiler may add to any of them.
        double few = Double.MAX_VALUE;
        double many = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
          replace(file, catalog(provider, 2));
          awaitModels(gateway, 2);
          few = Math.min(few, processorNanos(gateway));
          replace(file, catalog(provider, 2_000));
          awaitModels(gateway, 2_000);
          many = Math.min(many, processorNanos(gateway));
        }
        System.out.printf("request with 2,000 endpoints / with 2: %.2f%n", many / few);
        assertThat(many / few).isLessThan(1.5);
        String routes = gateway.get(gateway.management + "/actuator/gateway/routes").body();
        assertThat(routes).contains("acme/m1999@acme", "\"health\":\"stable\"");

        replace(file, "models: [oh, no");
        Eventually.seen(
            "a reload that failed",
            () -> gateway.get(gateway.management + "/actuator/prometheus").body(),
            shown -> shown.contains("signalbox_catalog_reloads_total{outcome=\"failed\"} 1.0"));
        awaitModels(gateway, 2_000);
      }
    }
  }

  @Test
  void aStoppingGatewayFinishesWhatRunsAndTakesNothingNew() throws Exception {
    try (var provider = FakeProvider.start()) {
      Path file = directory.resolve("catalog.yaml");
      Files.writeString(file, catalog(provider, 2));
      // The grace counts, and not how long the framework would wait.
      var gateway =
          new RunningGateway(
              file,
              directory.resolve("data"),
              "--spring.lifecycle.timeout-per-shutdown-phase=500ms");
      var letGo = new CompletableFuture<Void>();
      provider.next(FakeProvider.dripsWordsUntil(Mono.fromFuture(letGo)));
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
      Eventually.holds(
          "it is not ready any more",
          () -> gateway.get(gateway.management + "/actuator/health/readiness").statusCode() == 503);
      assertThat(running).isNotDone();
      var refused =
          gateway.http.send(gateway.chat("\"model\":\"acme/m0\""), BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("shutting down");
      Thread.sleep(2_000);
      assertThat(running).isNotDone();
      letGo.complete(null);
      assertThat(running.get(60, TimeUnit.SECONDS))
          .contains("word0", "\"usage\"")
          .endsWith("data: [DONE]\n\n");
      stopping.join(Eventually.PATIENCE);
      assertThat(stopping.isAlive()).isFalse();
    }
  }
}
