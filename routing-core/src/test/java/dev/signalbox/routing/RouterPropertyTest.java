package dev.signalbox.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What holds for every catalog and every request; each failure names the seed that shows it.
class RouterPropertyTest {
  private static final int CASES = 2_000;
  private static final List<String> QUANTIZATIONS = List.of("fp8", "fp4", "mxfp4", "bf16");
  private static final List<SortKey> SORTS = List.of(SortKey.values());
  private final Router router = new Router();

  @Test
  void plansKeepEveryHardConstraintAndSoftOnesNeverEmptyThem() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = vitals(catalog, random);
      Ask ask = hard(random);
      List<Endpoint> bare = tried(ask, catalog, vitals, seed);
      for (Endpoint endpoint : bare) {
        assertThat(keeps(endpoint, ask)).as("seed %d: %s", seed, endpoint.id()).isTrue();
      }
      ask.maxLatency("p90", random.nextDouble()).minThroughput("p50", 300 * random.nextDouble());
      assertThat(tried(ask, catalog, vitals, seed))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(bare);
      assertThat(tried(ask.noFallbacks(), catalog, vitals, seed).size())
          .as("seed %d", seed)
          .isLessThanOrEqualTo(1);
    }
  }

  @Test
  void sharesSumToOneAndAnEqualSeedGivesAnEqualPlan() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = vitals(catalog, random);
      Ask ask = Ask.alpha();
      if (random.nextInt(3) == 0) {
        ask.sort(SORTS.get(random.nextInt(SORTS.size())));
      }
      RoutingPlan plan = plan(ask, catalog, vitals, seed);
      assertThat(plan.candidates().stream().mapToDouble(Candidate::share).sum())
          .as("seed %d", seed)
          .isCloseTo(1, within(1e-9));
      assertThat(plan(ask, catalog, vitals, seed)).as("seed %d", seed).isEqualTo(plan);
    }
  }

  @Test
  void drawsMatchTheSharesWithinFourSigma() {
    for (long seed = 1; seed <= 5; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = vitals(catalog, random);
      var first = new HashMap<Endpoint, Integer>();
      int draws = 20_000;
      for (int i = 0; i < draws; i++) {
        RoutingPlan plan = router.plan(Ask.alpha().request(), catalog, vitals, random);
        first.merge(plan.candidates().getFirst().endpoint(), 1, Integer::sum);
      }
      for (Candidate candidate : plan(Ask.alpha(), catalog, vitals, seed).candidates()) {
        double share = candidate.share();
        double sigma = Math.sqrt(draws * share * (1 - share));
        assertThat(first.getOrDefault(candidate.endpoint(), 0).doubleValue())
            .as("seed %d: %s", seed, candidate.endpoint().id())
            .isCloseTo(draws * share, within(4 * sigma + 1));
      }
    }
  }

  @Test
  void aDearerEndpointNeverGetsMoreThanACheaperOne() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      String dearer = Integer.toString(4 + random.nextInt(50));
      Endpoint more =
          Acme.endpoint(
              Acme.ALPHA, Acme.provider("pd", "Provider D"), "pd", "default", dearer, 8_000, "fp8");
      List<Candidate> candidates =
          plan(Ask.alpha(), Acme.with(more), VitalsSnapshot.EMPTY, seed).candidates();
      double added = share(candidates, more);
      for (Endpoint cheaper : List.of(Acme.PA, Acme.PB, Acme.PC)) {
        assertThat(share(candidates, cheaper)).as("seed %d", seed).isGreaterThan(added);
      }
    }
  }

  private static double share(List<Candidate> candidates, Endpoint endpoint) {
    return candidates.stream()
        .filter(candidate -> candidate.endpoint().equals(endpoint))
        .mapToDouble(Candidate::share)
        .sum();
  }

  private RoutingPlan plan(Ask ask, Catalog catalog, VitalsSnapshot vitals, long seed) {
    return router.plan(ask.request(), catalog, vitals, new SplittableRandom(seed));
  }

  private List<Endpoint> tried(Ask ask, Catalog catalog, VitalsSnapshot vitals, long seed) {
    try {
      return plan(ask, catalog, vitals, seed).candidates().stream()
          .map(Candidate::endpoint)
          .toList();
    } catch (UnroutableException nothingFits) {
      return List.of();
    }
  }

  private static Catalog catalog(SplittableRandom random) {
    var endpoints = new ArrayList<Endpoint>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      String slug = "p" + i;
      endpoints.add(
          Acme.endpoint(
              Acme.ALPHA,
              Acme.provider(slug, "Provider " + i),
              slug,
              "default",
              BigDecimal.valueOf(random.nextInt(1, 400), 2).toPlainString(),
              1_000 + random.nextInt(16_000),
              QUANTIZATIONS.get(random.nextInt(QUANTIZATIONS.size()))));
    }
    return new Catalog(1, List.of(), List.of(Acme.ALPHA), endpoints);
  }

  private static VitalsSnapshot vitals(Catalog catalog, SplittableRandom random) {
    Map<EndpointId, Vitals> vitals = new HashMap<>();
    catalog
        .endpoints()
        .filter(_ -> random.nextBoolean())
        .forEach(
            endpoint -> {
              double latency = random.nextDouble();
              double rate = 300 * random.nextDouble();
              vitals.put(
                  endpoint.id(),
                  new Vitals(
                      Health.values()[random.nextInt(3)],
                      Optional.of(new Percentiles(latency, latency, latency * 2, latency * 3)),
                      Optional.of(new Percentiles(rate, rate / 2, rate / 3, rate / 4)),
                      random.nextInt(300),
                      random.nextInt(50)));
            });
    return new VitalsSnapshot(vitals);
  }

  private static Ask hard(SplittableRandom random) {
    Ask ask = Ask.alpha();
    if (random.nextBoolean()) {
      ask.only("p0", "p1", "P2", "Provider 3");
    }
    if (random.nextBoolean()) {
      ask.ignore("p1");
    }
    if (random.nextBoolean()) {
      ask.quantizations = Set.of("fp4", "fp8");
    }
    if (random.nextBoolean()) {
      ask.maxPrice("prompt", "2.5");
    }
    return ask;
  }

  /// The hard constraints once more, written independently of the rules.
  private static boolean keeps(Endpoint endpoint, Ask ask) {
    String slug = endpoint.tag();
    boolean listed = ask.only.isEmpty() || Set.of("p0", "p1", "p2", "p3").contains(slug);
    boolean ignored = ask.ignore.contains(slug);
    boolean quantized = ask.quantizations.isEmpty() || !endpoint.quantization().equals("bf16");
    BigDecimal cap = ask.maxPrice.get("prompt");
    boolean cheap =
        cap == null
            || endpoint
                    .listPricing()
                    .price(dev.signalbox.pricing.Pricing.Item.PROMPT)
                    .movePointRight(6)
                    .compareTo(cap)
                <= 0;
    return listed && !ignored && quantized && cheap;
  }
}
