package dev.signalbox.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
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
  private static final List<String> PREFERRED = List.of("tools", "response_format", "verbosity");
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
      assertThat(bare)
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(
              catalog.endpoints().filter(endpoint -> keeps(endpoint, ask)).toList());
      ask.maxLatency("p90", random.nextDouble()).minThroughput("p50", 300 * random.nextDouble());
      if (random.nextBoolean()) {
        ask.sort(SORTS.get(random.nextInt(SORTS.size())));
      }
      assertThat(tried(ask, catalog, vitals, seed))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(bare);
      ask.sending(PREFERRED.get(random.nextInt(PREFERRED.size())));
      assertThat(tried(ask, catalog, vitals, seed).isEmpty())
          .as("seed %d: a preferred parameter", seed)
          .isEqualTo(bare.isEmpty());
      assertThat(tried(ask.noFallbacks(), catalog, vitals, seed))
          .as("seed %d", seed)
          .hasSize(bare.isEmpty() ? 0 : 1);
    }
  }

  @Test
  void orderWithoutFallbacksIsTheListedOrderAndSoftPreferencesCannotEmptyIt() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      List<String> order = random.ints(4, 0, 14).mapToObj(i -> "p" + i).distinct().toList();
      Ask ask = Ask.alpha().order(order.toArray(String[]::new)).noFallbacks();
      List<String> expected = new ArrayList<>(order);
      expected.removeIf(
          name -> catalog.endpointsOf(Acme.ALPHA).stream().noneMatch(e -> e.tag().equals(name)));
      assertThat(tried(ask, catalog, VitalsSnapshot.EMPTY, seed))
          .extracting(Endpoint::tag)
          .as("seed %d", seed)
          .containsExactlyElementsOf(expected);
      ask.sending(PREFERRED.get(random.nextInt(PREFERRED.size())));
      assertThat(tried(ask, catalog, VitalsSnapshot.EMPTY, seed).isEmpty())
          .as("seed %d", seed)
          .isEqualTo(expected.isEmpty());
    }
  }

  @Test
  void chancesSumToOneInEveryModeAndAnEqualSeedGivesAnEqualPlan() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = vitals(catalog, random);
      Ask ask = anyMode(random);
      RoutingPlan plan = plan(ask, catalog, vitals, seed);
      double all =
          plan.candidates().stream().mapToDouble(Candidate::share).sum()
              + plan.spared().stream().mapToDouble(Candidate::share).sum();
      assertThat(all).as("seed %d", seed).isCloseTo(1, within(1e-9));
      assertThat(plan(ask, catalog, vitals, seed)).as("seed %d", seed).isEqualTo(plan);
      Explanation explanation = router.explain(ask.request(), catalog, vitals);
      assertThat(explanation.endpoints().stream().mapToDouble(Standing::share).sum())
          .as("seed %d", seed)
          .isCloseTo(1, within(1e-9));
      assertThat(explanation.endpoints().stream().filter(s -> s.position().isPresent()).count())
          .as("seed %d", seed)
          .isEqualTo(plan.candidates().size());
    }
  }

  /// The chances that a dry run tells are those that requests have.
  @Test
  void drawsMatchTheExplainedChancesWithinFourSigmaInEveryMode() {
    for (long seed = 1; seed <= 12; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = vitals(catalog, random);
      Ask ask = anyMode(random);
      var first = new HashMap<Endpoint, Integer>();
      int draws = 20_000;
      for (int i = 0; i < draws; i++) {
        RoutingPlan plan = router.plan(ask.request(), catalog, vitals, random);
        first.merge(plan.candidates().getFirst().endpoint(), 1, Integer::sum);
      }
      for (Standing standing : router.explain(ask.request(), catalog, vitals).endpoints()) {
        double share = standing.share();
        double sigma = Math.sqrt(draws * share * (1 - share));
        assertThat(first.getOrDefault(standing.endpoint(), 0).doubleValue())
            .as("seed %d: %s", seed, standing.endpoint().id())
            .isCloseTo(draws * share, within(4 * sigma + 1e-6));
      }
    }
  }

  /// Lottery, strict sort, session, thresholds, free endpoints, no fallbacks, several models.
  private static Ask anyMode(SplittableRandom random) {
    Ask ask = random.nextInt(4) == 0 ? Ask.of("acme/alpha", "acme/beta") : Ask.alpha();
    switch (random.nextInt(6)) {
      case 0 -> ask.sort(SORTS.get(random.nextInt(SORTS.size())));
      case 1 -> ask.session(random.nextLong());
      case 2 -> ask.maxLatency("p50", random.nextDouble());
      case 3 -> ask.sending("tools");
      case 4 -> ask.order("p1", "p3");
      default -> {}
    }
    if (random.nextInt(4) == 0) {
      ask.partition(Partition.NONE);
    }
    return random.nextInt(4) == 0 && ask.order.isEmpty() ? ask.noFallbacks() : ask;
  }

  @Test
  void aDearerEndpointNeverLowersACheaperOneBelowIt() {
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      VitalsSnapshot vitals = VitalsSnapshot.EMPTY;
      List<Endpoint> before = catalog.endpoints().toList();
      String dearer = Integer.toString(5 + random.nextInt(50));
      Endpoint more =
          Acme.endpoint(
              Acme.ALPHA, Acme.provider("pd", "Provider D"), "pd", "default", dearer, 8_000, "fp8");
      var endpoints = new ArrayList<>(before);
      endpoints.add(random.nextInt(before.size() + 1), more);
      var wider = new Catalog(2, List.of(), List.of(Acme.ALPHA, Acme.BETA), endpoints);
      Ask ask = random.nextBoolean() ? Ask.alpha() : Ask.alpha().sort(SortKey.PRICE);
      Explanation was = router.explain(ask.request(), catalog, vitals);
      Explanation is = router.explain(ask.request(), wider, vitals);
      double added = share(is, more);
      for (Standing standing : was.endpoints()) {
        if (standing.position().isPresent()) {
          double share = share(is, standing.endpoint());
          assertThat(share).as("seed %d", seed).isBetween(added, standing.share() + 1e-12);
        }
      }
      // The likeliest order of the others stays as it was, and the dearer one comes behind them.
      assertThat(ranked(is).stream().filter(endpoint -> !endpoint.equals(more)))
          .as("seed %d", seed)
          .containsExactlyElementsOf(ranked(was));
      assertThat(ranked(is).getLast()).as("seed %d", seed).isEqualTo(more);
    }
  }

  private static List<Endpoint> ranked(Explanation explanation) {
    return explanation.endpoints().stream()
        .filter(standing -> standing.position().isPresent())
        .map(Standing::endpoint)
        .toList();
  }

  /// What sorting longs does must be what comparing does.
  @Test
  void aStrictOrderIsSortedExactly() {
    for (long seed = 0; seed < 300; seed++) {
      var random = new SplittableRandom(seed);
      var endpoints = new ArrayList<Endpoint>();
      int count = random.nextInt(2, seed % 50 == 0 ? 5_000 : 400);
      for (int i = 0; i < count; i++) {
        // Many prices that differ by less than the sort's rough key can tell.
        String price = "1.00000" + random.nextInt(1_000);
        endpoints.add(
            Acme.endpoint(
                Acme.ALPHA, Acme.provider("p" + i, "P" + i), "p" + i, "default", price, 8, "x"));
      }
      var catalog = new Catalog(1, List.of(), List.of(Acme.ALPHA), endpoints);
      Ask ask = Ask.alpha().sort(SortKey.PRICE);
      ask.maxTokens = java.util.OptionalLong.of(1);
      assertThat(tried(ask, catalog, VitalsSnapshot.EMPTY, seed))
          .as("seed %d", seed)
          .isSortedAccordingTo(
              Comparator.comparing(endpoint -> endpoint.listPricing().price(Item.PROMPT)));
    }
  }

  @Test
  void everyRefusalNamesItsReasonsInTheContractsWords() {
    var vocabulary =
        Set.of(
            "geo",
            "data_region",
            "data_policy:zdr",
            "data_policy:training",
            "max_price",
            "context_length",
            "require_parameters",
            "quantization",
            "allowed_providers");
    int refusals = 0;
    for (long seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      Catalog catalog = catalog(random);
      Ask ask = hard(random).maxPrice("completion", "0.3");
      Explanation explanation = router.explain(ask.request(), catalog, VitalsSnapshot.EMPTY);
      if (explanation.refusal().isPresent()) {
        refusals++;
        var availability = explanation.refusal().get().availability();
        assertThat(vocabulary).as("seed %d", seed).containsAll(availability.excludedBy());
        assertThat(availability.excludedBy())
            .as("seed %d", seed)
            .containsExactlyInAnyOrderElementsOf(
                explanation.endpoints().stream()
                    .flatMap(standing -> standing.exclusion().stream())
                    .map(Exclusion::constraint)
                    .distinct()
                    .toList());
        assertThat(availability.status()).as("seed %d", seed).isEqualTo(404);
        assertThat(availability.retryable()).as("seed %d", seed).isFalse();
      }
    }
    assertThat(refusals).isGreaterThan(100);
  }

  private static double share(Explanation explanation, Endpoint endpoint) {
    return explanation.endpoints().stream()
        .filter(standing -> standing.endpoint().equals(endpoint))
        .mapToDouble(Standing::share)
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
    boolean someFree = random.nextInt(4) == 0;
    for (int i = 0; i < count; i++) {
      endpoints.add(endpoint(Acme.ALPHA, i, someFree && i % 3 == 0, random));
    }
    endpoints.add(endpoint(Acme.BETA, 1, false, random));
    return new Catalog(1, List.of(), List.of(Acme.ALPHA, Acme.BETA), endpoints);
  }

  private static Endpoint endpoint(Model model, int i, boolean free, SplittableRandom random) {
    String slug = "p" + i;
    String usd = free ? "0" : BigDecimal.valueOf(random.nextInt(1, 400), 2).toPlainString();
    return Acme.endpoint(
        model,
        Acme.provider(slug, "Provider " + i),
        slug,
        "default",
        usd,
        1_000 + random.nextInt(16_000),
        QUANTIZATIONS.get(random.nextInt(QUANTIZATIONS.size())));
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
    boolean asked = endpoint.model().equals(Acme.ALPHA);
    boolean listed = ask.only.isEmpty() || Set.of("p0", "p1", "p2", "p3").contains(slug);
    boolean ignored = ask.ignore.contains(slug);
    boolean quantized = ask.quantizations.isEmpty() || !endpoint.quantization().equals("bf16");
    BigDecimal cap = ask.maxPrice.get("prompt");
    boolean cheap =
        cap == null
            || endpoint.listPricing().price(Item.PROMPT).movePointRight(6).compareTo(cap) <= 0;
    return asked && listed && !ignored && quantized && cheap;
  }
}
