package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.gateway.offer.CatalogLoader.Source;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.CostBand;
import dev.signalbox.routing.request.CostBand.Tier;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import dev.signalbox.vitals.VitalsSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;

/// What the shipped catalog makes of `openrouter/auto` where every provider has a key.
class ShippedChoiceTest {
  private static final Catalog CATALOG = shipped();
  private final Router router = new Router();

  private static Catalog shipped() {
    try {
      String name = "catalog/default.yaml";
      String text = new ClassPathResource(name).getContentAsString(StandardCharsets.UTF_8);
      return CatalogLoader.load(
              List.of(new Source(name, text)),
              variable ->
                  variable.contains("URL") || variable.contains("ENDPOINT")
                      ? "https://x.example"
                      : "x",
              1)
          .catalog();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RoutingRequest request(TaskType task, CostBand band) {
    return new RoutingRequest(
        List.of("openrouter/auto"),
        Kind.CHAT,
        Preferences.NONE,
        Preferences.NONE,
        Set.of("temperature"),
        task == TaskType.VISION ? Set.of("image") : Set.of(),
        Set.of("text"),
        400,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        new AutoWish(task, List.of(), List.of(), band, Optional.empty()));
  }

  private Choice choice(TaskType task, CostBand band) {
    return router.explain(request(task, band), CATALOG, VitalsSnapshot.EMPTY).choices().getFirst();
  }

  @Test
  void everyTaskHasAFavouriteInEveryTier() {
    for (TaskType task : TaskType.values()) {
      for (Tier tier : Tier.values()) {
        Choice choice = choice(task, tier.band());
        assertThat(choice.models()).as("%s, %s", task, tier).hasSize(4);
        assertThat(choice.considered().getFirst().score().orElseThrow().place())
            .as("%s, %s", task, tier)
            .isLessThan(Integer.MAX_VALUE);
      }
    }
  }

  @Test
  void aChoiceAmongAllOfThemTakesLessThanAMillisecond() {
    RoutingRequest request = request(TaskType.CODE, CostBand.USUAL);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 3_000; i++) {
      long start = System.nanoTime();
      router.plan(request, CATALOG, VitalsSnapshot.EMPTY, new SplittableRandom(i));
      best = Math.min(best, System.nanoTime() - start);
    }
    assertThat(best).isLessThan(1_000_000);
  }
}
