package dev.signalbox.routing;

import static dev.signalbox.routing.Acme.FLEX;
import static dev.signalbox.routing.Acme.PA;
import static dev.signalbox.routing.Acme.PB;
import static dev.signalbox.routing.Acme.PC;
import static dev.signalbox.routing.Acme.PRIORITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.request.Preferences.SortKey;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private final Router router = new Router();

  private Explanation explain(Ask ask) {
    return router.explain(ask.request(), Acme.CATALOG, Acme.HEALTHY);
  }

  private static Standing of(Endpoint endpoint, Explanation explanation) {
    return explanation.endpoints().stream()
        .filter(standing -> standing.endpoint().equals(endpoint))
        .findFirst()
        .orElseThrow();
  }

  private static List<Endpoint> tried(Explanation explanation) {
    return explanation.endpoints().stream()
        .filter(standing -> standing.position().isPresent())
        .map(Standing::endpoint)
        .toList();
  }

  @Test
  void everyEndpointHasEitherAPlaceOrTheFilterThatKeepsItOut() {
    Explanation explanation = explain(Ask.alpha().maxPrice("prompt", "2"));
    assertThat(explanation.endpoints()).hasSize(5);
    assertThat(tried(explanation)).containsExactly(PA, PB);
    assertThat(of(PA, explanation).share()).isCloseTo(0.8, within(1e-12));
    assertThat(of(PA, explanation).expectedUsd()).isCloseTo(522e-6, within(1e-12));
    assertThat(of(PA, explanation).record()).isEqualTo("normal");
    assertThat(of(PC, explanation).exclusion().orElseThrow().constraint()).isEqualTo("max_price");
    assertThat(of(FLEX, explanation).exclusion().orElseThrow().constraint())
        .isEqualTo("service_tier");
    assertThat(of(PRIORITY, explanation).position()).isEmpty();
  }

  @Test
  void withoutFallbacksOnlyTheLikeliestHasAPlaceButAllHaveTheirChance() {
    Explanation explanation = explain(Ask.alpha().noFallbacks());
    assertThat(tried(explanation)).containsExactly(PA);
    assertThat(explanation.endpoints().stream().mapToDouble(Standing::share).sum())
        .isCloseTo(1, within(1e-12));
    assertThat(of(PC, explanation).share()).isCloseTo(4.0 / 49, within(1e-12));
  }

  @Test
  void softRulesSayWhatTheyDid() {
    Explanation explanation =
        explain(Ask.alpha().sending("tools").maxLatency("p90", 3).sort(SortKey.PRICE));
    assertThat(of(PB, explanation).exclusion().orElseThrow().reason())
        .isEqualTo("others support tools, it does not");
    assertThat(of(PA, explanation).thresholds()).isEqualTo("met");
    assertThat(of(PC, explanation).thresholds()).isEqualTo("missed");
    assertThat(tried(explanation)).containsExactly(PA, PC);
  }

  @Test
  void whereNothingFitsTheRefusalComesWithEveryReason() {
    Explanation explanation = explain(Ask.alpha().only("nobody"));
    assertThat(tried(explanation)).isEmpty();
    assertThat(explanation.refusal().orElseThrow().availability().code()).isEqualTo("no_endpoints");
    assertThat(explanation.endpoints())
        .extracting(Standing::exclusion)
        .doesNotContain(Optional.empty())
        .hasSize(5);
  }
}
