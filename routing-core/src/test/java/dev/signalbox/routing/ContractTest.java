package dev.signalbox.routing;

import static dev.signalbox.routing.Acme.BETA_PC;
import static dev.signalbox.routing.Acme.FLEX;
import static dev.signalbox.routing.Acme.PA;
import static dev.signalbox.routing.Acme.PB;
import static dev.signalbox.routing.Acme.PC;
import static dev.signalbox.routing.Acme.PRIORITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.UnroutableException.Availability;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The contract's assertions on routing, by their numbers (sections 7.4 and 7.5).
class ContractTest {
  private static final long SEED = 20_261_123;
  private final Router router = new Router();
  private final SplittableRandom random = new SplittableRandom(SEED);

  private RoutingPlan plan(Ask ask, VitalsSnapshot vitals) {
    return router.plan(ask.request(), Acme.CATALOG, vitals, random);
  }

  private List<Endpoint> tried(Ask ask, VitalsSnapshot vitals) {
    return plan(ask, vitals).candidates().stream().map(Candidate::endpoint).toList();
  }

  private List<Endpoint> tried(Ask ask) {
    return tried(ask, Acme.HEALTHY);
  }

  private Map<Endpoint, Double> shares(Ask ask, VitalsSnapshot vitals) {
    return plan(ask, vitals).candidates().stream()
        .collect(Collectors.toMap(Candidate::endpoint, Candidate::share));
  }

  private Availability refused(Ask ask, String message) {
    var thrown = new UnroutableException[1];
    assertThatExceptionOfType(UnroutableException.class)
        .isThrownBy(() -> plan(ask, Acme.HEALTHY))
        .withMessageContaining(message)
        .satisfies(refusal -> thrown[0] = refusal);
    return thrown[0].availability();
  }

  @Test
  void c080SharesFollowTheInverseSquareOfPrice() {
    var shares = shares(Ask.alpha(), Acme.HEALTHY);
    assertThat(shares).containsOnlyKeys(PA, PB, PC);
    assertThat(shares.get(PA)).isCloseTo(36.0 / 49, within(1e-12));
    assertThat(shares.get(PB)).isCloseTo(9.0 / 49, within(1e-12));
    assertThat(shares.get(PC)).isCloseTo(4.0 / 49, within(1e-12));
  }

  @Test
  void c081AnOutageLeavesNineToOne() {
    var shares = shares(Ask.alpha(), Acme.down(PB));
    assertThat(shares.get(PA)).isCloseTo(0.9, within(1e-12));
    assertThat(shares.get(PC)).isCloseTo(0.1, within(1e-12));
    assertThat(shares.get(PB)).isZero();
  }

  @Test
  void c082AnEndpointInAnOutageIsTriedLast() {
    for (int i = 0; i < 100; i++) {
      assertThat(tried(Ask.alpha(), Acme.down(PB)).getLast()).isEqualTo(PB);
    }
  }

  @Test
  void c084ToC086SortIsStrict() {
    assertThat(tried(Ask.alpha().sort(SortKey.PRICE))).containsExactly(PA, PB, PC);
    assertThat(tried(Ask.alpha().sort(SortKey.THROUGHPUT))).containsExactly(PB, PA, PC);
    assertThat(tried(Ask.alpha().sort(SortKey.LATENCY))).containsExactly(PB, PA, PC);
  }

  @Test
  void c087ToC089VariantsSortAndAdmitTheirTier() {
    assertThat(tried(Ask.of("acme/alpha:floor"))).containsExactly(FLEX, PA, PB, PC);
    assertThat(tried(Ask.of("acme/alpha:nitro"))).containsExactly(PRIORITY, PB, PA, PC);
    assertThat(tried(Ask.of("acme/alpha:nitro").tier("default"))).containsExactly(PB, PA, PC);
  }

  @Test
  void c090ToC093OrderAndFallbacks() {
    assertThat(tried(Ask.alpha().order("pc", "pa"))).containsExactly(PC, PA, PB);
    assertThat(tried(Ask.alpha().order("zz", "pc")).getFirst()).isEqualTo(PC);
    assertThat(tried(Ask.alpha().order("pc").noFallbacks(), Acme.down(PC))).containsExactly(PC);
    assertThat(tried(Ask.alpha().noFallbacks())).hasSize(1);
    refused(Ask.alpha().order("zz").noFallbacks(), "No allowed providers");
  }

  @Test
  void c094ToC096NamesMeanProvidersOrTags() {
    assertThat(tried(Ask.alpha().only("pb"))).containsExactly(PB);
    assertThat(tried(Ask.alpha().only("pa"))).containsExactly(PA);
    assertThat(tried(Ask.alpha().only("pa/priority"))).containsExactly(PRIORITY);
    assertThat(tried(Ask.alpha().only("provider b"))).containsExactly(PB);
  }

  @Test
  void c097NobodyIsNotAvailable() {
    Availability availability = refused(Ask.alpha().only("nobody"), "No allowed providers");
    assertThat(availability.status()).isEqualTo(404);
    assertThat(availability.code()).isEqualTo("no_endpoints");
    assertThat(availability.requestedProviders()).containsExactly("nobody");
    assertThat(availability.availableProviders()).containsExactly("pa", "pb", "pc");
  }

  @Test
  void c098ToC100ListsOfRequestAndAccountBothHold() {
    assertThat(tried(Ask.alpha().ignore("pa", "pb"))).containsExactly(PC);
    assertThat(tried(Ask.alpha().ignore("pa").defaults(Ask.alpha().ignore("pc"))))
        .containsExactly(PB);
    assertThat(
            refused(Ask.alpha().only("pc").defaults(Ask.alpha().only("pa")), "No allowed").status())
        .isEqualTo(404);
  }

  @Test
  void c101ToC103DataPolicies() {
    Ask denied = Ask.alpha();
    denied.denyDataCollection = true;
    assertThat(tried(denied)).containsExactlyInAnyOrder(PA, PC);
    Ask zdr = Ask.alpha().only("pb");
    zdr.zdr = true;
    Availability availability = refused(zdr, "data_policy:zdr");
    assertThat(availability.code()).isEqualTo("privacy_restricted");
    assertThat(availability.excludedBy()).contains("data_policy:zdr");
    Ask account = Ask.alpha();
    account.zdr = true;
    assertThat(tried(Ask.alpha().defaults(account))).doesNotContain(PB);
  }

  @Test
  void c104ShortQuantizationsCoverTheirKin() {
    Ask ask = Ask.alpha();
    ask.quantizations = Set.of("fp4");
    assertThat(tried(ask)).containsExactly(PC);
  }

  @Test
  void c105ToC108PricesAreCappedPerMillion() {
    assertThat(tried(Ask.alpha().maxPrice("prompt", "1").maxPrice("completion", "1")))
        .containsExactly(PA);
    for (String cap : List.of("0.9", "0.000001")) {
      Availability availability = refused(Ask.alpha().maxPrice("prompt", cap), "max_price");
      assertThat(availability.code()).isEqualTo("constraint_filtered");
      assertThat(availability.constraintField()).isEqualTo("max_price");
      assertThat(availability.retryable()).isFalse();
    }
    assertThat(tried(Ask.alpha().maxPrice("completion", "2").sort(SortKey.THROUGHPUT)).getFirst())
        .isEqualTo(PB);
  }

  @Test
  void c109ToC113ParametersAndLimits() {
    Ask required = Ask.alpha().sending("tools");
    required.requireParameters = true;
    assertThat(tried(required)).containsExactlyInAnyOrder(PA, PC);
    assertThat(tried(Ask.alpha().sending("tools"))).containsExactlyInAnyOrder(PA, PC);
    assertThat(tried(Ask.alpha().sending("logit_bias"))).hasSize(3);
    assertThat(tried(Ask.alpha().sending("response_format").only("pb"))).containsExactly(PB);
    Ask longAnswer = Ask.alpha();
    longAnswer.maxTokens = OptionalLong.of(12_000);
    assertThat(tried(longAnswer)).containsExactly(PC);
  }

  @Test
  void c114ToC117ThresholdsPostponeAndNeverExclude() {
    assertThat(tried(Ask.alpha().maxLatency("p90", 3).sort(SortKey.PRICE)))
        .containsExactly(PA, PB, PC);
    assertThat(tried(Ask.alpha().maxLatency("p50", 0.5)).getFirst()).isEqualTo(PB);
    assertThat(tried(Ask.alpha().minThroughput("p50", 100).minThroughput("p90", 100)).getFirst())
        .isEqualTo(PB);
    assertThat(tried(Ask.alpha().maxLatency("p99", 0.001))).hasSize(3);
  }

  @Test
  void c118AndC119PartitionSaysWhetherModelsMix() {
    Ask mixed =
        Ask.of("acme/alpha", "acme/beta")
            .sort(SortKey.PRICE)
            .partition(Partition.NONE)
            .maxLatency("p90", 3)
            .minThroughput("p50", 100);
    assertThat(tried(mixed)).containsExactly(BETA_PC, PA, PB, PC);
    assertThat(tried(mixed.partition(Partition.MODEL)).getFirst()).isEqualTo(PA);
  }

  @Test
  void aPassingFallbackModelOutranksAFailingPrimary() {
    Ask ask = Ask.of("acme/alpha", "acme/beta").only("pc").maxLatency("p50", 1.5);
    assertThat(tried(ask)).containsExactly(BETA_PC, PC);
  }

  @Test
  void c121OrderBeatsSort() {
    assertThat(tried(Ask.alpha().sort(SortKey.PRICE).order("pc")).getFirst()).isEqualTo(PC);
  }

  @Test
  void c124ToolsKeepPriceWeightingWithFewEndpoints() {
    var shares = shares(Ask.alpha().sending("tools"), Acme.HEALTHY);
    assertThat(shares.get(PA)).isCloseTo(0.9, within(1e-12));
    assertThat(shares.get(PC)).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void c125AndC126ServiceTiers() {
    assertThat(tried(Ask.alpha().tier("flex"))).containsExactly(FLEX);
    assertThat(tried(Ask.alpha().tier("fast"))).containsExactly(PRIORITY, PB, PA, PC);
    assertThat(tried(Ask.of("acme/beta").tier("flex"))).containsExactly(BETA_PC);
  }

  @Test
  void c140AndC141TheNextModelFollows() {
    assertThat(tried(Ask.of("acme/alpha", "acme/beta")).getLast()).isEqualTo(BETA_PC);
    Ask longPrompt = Ask.of("acme/alpha", "acme/beta");
    longPrompt.promptTokens = 40_000;
    assertThat(tried(longPrompt)).containsExactly(BETA_PC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no/such", "no/such:nitro", "alpha"})
  void c144AnUnknownModelIsNotAValidId(String slug) {
    Availability availability = refused(Ask.of(slug), slug + " is not a valid model ID");
    assertThat(availability.status()).isEqualTo(400);
    assertThat(availability.code()).isEqualTo("model_not_found");
  }

  @Test
  void c145AnEmbeddingModelDoesNotChat() {
    Availability availability = refused(Ask.of("acme/embed"), "/api/v1/embeddings");
    assertThat(availability.code()).isEqualTo("wrong_endpoint");
    assertThat(availability.constraintDetail()).isEqualTo("/api/v1/embeddings");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/alpha-old", "~acme/alpha-latest", "acme/alpha-old:floor"})
  void c146AndC147AliasesMeanTheirModel(String slug) {
    assertThat(tried(Ask.of(slug))).contains(PA, PB, PC);
  }

  @Test
  void aFreeVariantThatEndedNamesThePaidModel() {
    Availability availability = refused(Ask.of("acme/beta:free"), "no longer free");
    assertThat(availability.code()).isEqualTo("free_variant_ended");
    assertThat(availability.fallbackModels()).containsExactly("acme/beta");
  }

  @Test
  void c153ASessionStaysOnOneEndpointAndIsFairOverSessions() {
    int first = 0;
    int sessions = 5_000;
    for (int i = 0; i < sessions; i++) {
      Ask ask = Ask.alpha().ignore("pb").session(i * 7_919L);
      Endpoint chosen = tried(ask).getFirst();
      assertThat(tried(ask).getFirst()).isEqualTo(chosen);
      first += chosen.equals(PA) ? 1 : 0;
    }
    assertThat(first / (double) sessions).isCloseTo(0.9, within(4 * Math.sqrt(0.09 / sessions)));
  }

  @Test
  void c156ASessionMovesOnWhileItsEndpointIsDown() {
    Ask ask = Ask.alpha().session(42);
    Endpoint chosen = tried(ask).getFirst();
    Endpoint next = tried(ask, Acme.down(chosen)).getFirst();
    assertThat(next).isNotEqualTo(chosen);
    assertThat(tried(ask, Acme.down(chosen)).getFirst()).isEqualTo(next);
    assertThat(tried(ask).getFirst()).isEqualTo(chosen);
  }

  @Test
  void c158OrderSwitchesSessionsOff() {
    for (long session = 0; session < 50; session++) {
      assertThat(tried(Ask.alpha().session(session).order("pc")).getFirst()).isEqualTo(PC);
    }
  }
}
