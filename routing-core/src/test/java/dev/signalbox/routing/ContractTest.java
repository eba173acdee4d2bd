package dev.signalbox.routing;

import static dev.signalbox.routing.Acme.ALPHA;
import static dev.signalbox.routing.Acme.BETA_PC;
import static dev.signalbox.routing.Acme.FLEX;
import static dev.signalbox.routing.Acme.FREE_PA;
import static dev.signalbox.routing.Acme.PA;
import static dev.signalbox.routing.Acme.PB;
import static dev.signalbox.routing.Acme.PC;
import static dev.signalbox.routing.Acme.PRIORITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The contract's assertions on routing, by their numbers.
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

  private Endpoint first(Ask ask) {
    return tried(ask).getFirst();
  }

  private Map<Endpoint, Double> shares(Ask ask, VitalsSnapshot vitals) {
    return plan(ask, vitals).candidates().stream()
        .collect(Collectors.toMap(Candidate::endpoint, Candidate::share));
  }

  private Map<Endpoint, Double> drawn(Ask ask, VitalsSnapshot vitals, int draws) {
    var first = new HashMap<Endpoint, Double>();
    for (int i = 0; i < draws; i++) {
      first.merge(tried(ask, vitals).getFirst(), 1.0 / draws, Double::sum);
    }
    return first;
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
    var drawn = drawn(Ask.alpha(), Acme.HEALTHY, 10_000);
    assertThat(drawn.get(PA)).isCloseTo(0.735, within(0.015));
    assertThat(drawn.get(PB)).isCloseTo(0.184, within(0.015));
    assertThat(drawn.get(PC)).isCloseTo(0.082, within(0.015));
  }

  @Test
  void c081AnOutageLeavesNineToOne() {
    var shares = shares(Ask.alpha(), Acme.down(PB));
    assertThat(shares.get(PA)).isCloseTo(0.9, within(1e-12));
    assertThat(shares.get(PC)).isCloseTo(0.1, within(1e-12));
    assertThat(shares.get(PB)).isZero();
    var drawn = drawn(Ask.alpha(), Acme.down(PB), 10_000);
    assertThat(drawn.get(PA)).isCloseTo(0.9, within(0.01));
    assertThat(drawn).doesNotContainKey(PB);
  }

  @Test
  void c082AnEndpointInAnOutageIsTriedLast() {
    for (int i = 0; i < 100; i++) {
      List<Endpoint> tried = tried(Ask.alpha(), Acme.down(PB));
      assertThat(tried).hasSize(3);
      assertThat(tried.getLast()).isEqualTo(PB);
    }
  }

  @Test
  void c084SortedByPriceTheCheapestIsAlwaysFirst() {
    for (int i = 0; i < 100; i++) {
      assertThat(tried(Ask.alpha().sort(SortKey.PRICE))).containsExactly(PA, PB, PC);
    }
  }

  @Test
  void c085SortedByThroughputWithoutServiceTiers() {
    assertThat(tried(Ask.alpha().sort(SortKey.THROUGHPUT))).containsExactly(PB, PA, PC);
  }

  @Test
  void c086SortedByLatency() {
    assertThat(tried(Ask.alpha().sort(SortKey.LATENCY))).containsExactly(PB, PA, PC);
  }

  @Test
  void c087FloorAdmitsFlexAndSortsByPrice() {
    assertThat(tried(Ask.of("acme/alpha:floor"))).containsExactly(FLEX, PA, PB, PC);
  }

  @Test
  void c088NitroAdmitsPriorityAndSortsByThroughput() {
    assertThat(tried(Ask.of("acme/alpha:nitro"))).containsExactly(PRIORITY, PB, PA, PC);
  }

  @Test
  void c089TheDefaultTierOrAnOrderCancelsTheAdmission() {
    assertThat(tried(Ask.of("acme/alpha:nitro").tier("default"))).containsExactly(PB, PA, PC);
    assertThat(tried(Ask.of("acme/alpha:nitro").order("pc"))).hasSize(3).startsWith(PC);
    assertThat(first(Ask.of("acme/alpha:nitro").tier("auto"))).isEqualTo(PRIORITY);
  }

  @Test
  void c090OrderThenTheRest() {
    assertThat(tried(Ask.alpha().order("pc", "pa"))).containsExactly(PC, PA, PB);
  }

  @Test
  void c091NamesThatHostNothingAreSkipped() {
    assertThat(first(Ask.alpha().order("zz", "pc"))).isEqualTo(PC);
  }

  @Test
  void c091HoweverManyStrangersAreNamedTheOrderStands() {
    var names = new ArrayList<String>();
    for (int i = 0; i < 2_000; i++) {
      names.add("stranger-" + i);
    }
    names.addAll(List.of("pc", "PA/", "Provider A", "pa"));
    assertThat(tried(Ask.alpha().order(names.toArray(String[]::new)))).containsExactly(PC, PA, PB);
    assertThat(tried(Ask.alpha().order("stranger").session(3))).hasSize(3);
  }

  @Test
  void c092OrderWithoutFallbacksIsTheListAndNothingElse() {
    assertThat(tried(Ask.alpha().order("pc").noFallbacks(), Acme.down(PC))).containsExactly(PC);
    assertThat(tried(Ask.alpha().order("pc", "pb").noFallbacks())).containsExactly(PC, PB);
    assertThat(refused(Ask.alpha().order("zz").noFallbacks(), "No allowed").requestedProviders())
        .containsExactly("zz");
  }

  @Test
  void c093WithoutFallbacksOneIsTried() {
    for (int i = 0; i < 100; i++) {
      RoutingPlan plan = plan(Ask.alpha().noFallbacks(), Acme.HEALTHY);
      assertThat(plan.candidates()).hasSize(1);
      double all =
          Stream.concat(plan.candidates().stream(), plan.spared().stream())
              .mapToDouble(Candidate::share)
              .sum();
      assertThat(all).isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void c094ABaseSlugMatchesItsVariants() {
    assertThat(tried(Ask.alpha().only("pb"))).containsExactly(PB);
    assertThat(tried(Ask.alpha().only("pb/turbo"))).containsExactly(PB);
  }

  @Test
  void c095ABaseSlugMatchesNoServiceTier() {
    assertThat(tried(Ask.alpha().only("pa"))).containsExactly(PA);
    assertThat(tried(Ask.of("acme/alpha:nitro").only("pa"))).containsExactly(PA);
  }

  @Test
  void c096ANamedTierIsOptedIn() {
    assertThat(tried(Ask.alpha().only("pa/priority"))).containsExactly(PRIORITY);
    assertThat(tried(Ask.alpha().order("pa/priority"))).hasSize(4).startsWith(PRIORITY);
  }

  @Test
  void c097NobodyIsNotAvailable() {
    Availability availability = refused(Ask.alpha().only("nobody"), "No allowed providers");
    assertThat(availability.status()).isEqualTo(404);
    assertThat(availability.errorType()).isEqualTo("not_found");
    assertThat(availability.code()).isEqualTo("no_endpoints");
    assertThat(availability.requestedModels()).containsExactly("acme/alpha");
    assertThat(availability.excludedBy()).containsExactly("allowed_providers");
    assertThat(availability.requestedProviders()).containsExactly("nobody");
    assertThat(availability.availableProviders()).containsExactly("pa", "pb", "pc");
  }

  @Test
  void c098IgnoredProvidersAreLeftOut() {
    assertThat(tried(Ask.alpha().ignore("pa", "pb"))).containsExactly(PC);
    assertThat(tried(Ask.of("acme/alpha:nitro").ignore("PA"))).doesNotContain(PA, PRIORITY);
  }

  @Test
  void c099WhatTheAccountIgnoresIsIgnoredAsWell() {
    assertThat(tried(Ask.alpha().ignore("pa").defaults(Ask.alpha().ignore("pc"))))
        .containsExactly(PB);
  }

  @Test
  void c100TheAccountsListIsTheCeiling() {
    Availability availability =
        refused(Ask.alpha().only("pc").defaults(Ask.alpha().only("pa")), "No allowed");
    assertThat(availability.status()).isEqualTo(404);
    assertThat(availability.availableProviders()).containsExactly("pa");
  }

  @Test
  void c101WhoCollectsIsLeftOutWhenThatIsDenied() {
    Ask denied = Ask.alpha();
    denied.denyDataCollection = true;
    assertThat(tried(denied)).containsExactlyInAnyOrder(PA, PC);
  }

  @Test
  void c102PrivacyThatLeavesNobody() {
    Ask zdr = Ask.alpha().only("pb");
    zdr.zdr = true;
    Availability availability = refused(zdr, "data_policy:zdr");
    assertThat(availability.code()).isEqualTo("privacy_restricted");
    assertThat(availability.status()).isEqualTo(404);
    assertThat(availability.excludedBy()).contains("data_policy:zdr");
  }

  @Test
  void c103ARequestCannotSwitchAnAccountsRuleOff() {
    Ask account = Ask.alpha();
    account.zdr = true;
    assertThat(tried(Ask.alpha().defaults(account))).containsExactlyInAnyOrder(PA, PC);
  }

  @ParameterizedTest
  @CsvSource({"fp4,acme/alpha@pc", "fp8,acme/alpha@pa", "bf16,acme/alpha@pb/turbo"})
  void c104ShortQuantizationsCoverTheirKin(String quantization, String endpoint) {
    Ask ask = Ask.alpha();
    ask.quantizations = Set.of(quantization);
    assertThat(tried(ask)).extracting(one -> one.id().value()).containsExactly(endpoint);
  }

  @Test
  void c105AMaximumIncludesItself() {
    assertThat(tried(Ask.alpha().maxPrice("prompt", "1").maxPrice("completion", "1")))
        .containsExactly(PA);
  }

  @Test
  void c106BelowEveryPriceNothingRuns() {
    Availability availability = refused(Ask.alpha().maxPrice("prompt", "0.9"), "max_price");
    assertThat(availability.code()).isEqualTo("constraint_filtered");
    assertThat(availability.status()).isEqualTo(404);
    assertThat(availability.constraintField()).isEqualTo("max_price");
    assertThat(availability.excludedBy()).containsExactly("max_price");
    assertThat(availability.retryable()).isFalse();
  }

  @Test
  void c107AMaximumIsPerMillion() {
    refused(Ask.alpha().maxPrice("prompt", "0.000001"), "max_price");
  }

  @Test
  void c108AMaximumGoesWithASort() {
    assertThat(tried(Ask.alpha().maxPrice("completion", "2").sort(SortKey.THROUGHPUT)))
        .containsExactly(PB, PA);
  }

  @Test
  void c109RequiredParametersAreRequired() {
    Ask required = Ask.alpha().sending("tools");
    required.requireParameters = true;
    assertThat(tried(required)).containsExactlyInAnyOrder(PA, PC);
    required.only("pb");
    assertThat(refused(required, "require_parameters").excludedBy())
        .containsExactlyInAnyOrder("allowed_providers", "require_parameters");
  }

  @Test
  void whatAListedParameterStandsForIsSupported() {
    Ask required = Ask.alpha().sending("tools", "tool_choice", "parallel_tool_calls");
    required.requireParameters = true;
    assertThat(tried(required)).containsExactlyInAnyOrder(PA, PC);
    for (String cap : List.of("max_tokens", "max_completion_tokens")) {
      Ask capped = Ask.alpha().sending(cap);
      capped.requireParameters = true;
      assertThat(tried(capped)).as(cap).hasSize(3);
    }
    Ask thinking = Ask.alpha().sending("reasoning_effort");
    thinking.requireParameters = true;
    refused(thinking, "require_parameters");
  }

  @Test
  void whoKeepsToASchemaWritesJsonAndNotTheOtherWayRound() {
    Endpoint json = listing("json", "response_format");
    Endpoint schema = listing("schema", "structured_outputs");
    var catalog = new Catalog(1, List.of(json.provider()), List.of(ALPHA), List.of(json, schema));
    assertThat(plan(Ask.alpha().sending("response_format"), catalog)).hasSize(2);
    Ask formatted = Ask.alpha().sending("response_format", "structured_outputs");
    assertThat(plan(formatted, catalog)).containsExactly(schema);
    assertThat(plan(formatted.only("json"), catalog)).containsExactly(json);
    formatted.requireParameters = true;
    assertThatExceptionOfType(UnroutableException.class).isThrownBy(() -> plan(formatted, catalog));
  }

  private List<Endpoint> plan(Ask ask, Catalog catalog) {
    return router.plan(ask.request(), catalog, VitalsSnapshot.EMPTY, random).candidates().stream()
        .map(Candidate::endpoint)
        .toList();
  }

  private static Endpoint listing(String tag, String parameter) {
    return new Endpoint(
        EndpointId.of("acme/alpha", tag),
        ALPHA,
        PA.provider(),
        tag,
        "default",
        PA.pricing(),
        PA.listPricing(),
        32_000,
        OptionalLong.empty(),
        OptionalLong.empty(),
        "fp8",
        Set.of(parameter),
        PA.dataPolicy(),
        false,
        true);
  }

  @Test
  void c110ToolsAreAPreferenceByThemselves() {
    assertThat(tried(Ask.alpha().sending("tools"))).containsExactlyInAnyOrder(PA, PC);
  }

  @Test
  void c111OtherParametersAreNone() {
    assertThat(tried(Ask.alpha().sending("logit_bias"))).hasSize(3);
  }

  @Test
  void c112WhatNoneSupportsExcludesNobody() {
    assertThat(tried(Ask.alpha().sending("response_format").only("pb"))).containsExactly(PB);
    assertThat(tried(Ask.alpha().sending("verbosity"))).hasSize(3);
    assertThat(tried(Ask.alpha().sending("tools").order("pb").noFallbacks())).containsExactly(PB);
  }

  @Test
  void c113TooLongAnAnswerIsNotAskedFor() {
    Ask longAnswer = Ask.alpha();
    longAnswer.maxTokens = OptionalLong.of(12_000);
    assertThat(tried(longAnswer)).containsExactly(PC);
    longAnswer.maxTokens = OptionalLong.of(16_001);
    assertThat(refused(longAnswer, "context length").excludedBy())
        .containsExactly("context_length");
    Availability named = refused(longAnswer.only("pa"), "context length");
    assertThat(named.status()).isEqualTo(400);
    assertThat(named.errorType()).isEqualTo("context_length_exceeded");
    assertThat(named.excludedBy()).containsExactlyInAnyOrder("allowed_providers", "context_length");
  }

  @Test
  void c114WhatMissesAThresholdComesLast() {
    assertThat(tried(Ask.alpha().maxLatency("p90", 3).sort(SortKey.PRICE)))
        .containsExactly(PA, PB, PC);
    assertThat(tried(Ask.alpha().maxLatency("p90", 1.5).sort(SortKey.PRICE)))
        .containsExactly(PB, PA, PC);
  }

  @Test
  void c115ABareNumberIsTheMedian() {
    assertThat(first(Ask.alpha().maxLatency("p50", 0.5))).isEqualTo(PB);
  }

  @Test
  void c116EveryCutoffMustHold() {
    List<Endpoint> tried = tried(Ask.alpha().minThroughput("p50", 100).minThroughput("p90", 100));
    assertThat(tried).hasSize(3).startsWith(PB);
  }

  @Test
  void c117AThresholdThatAllMissExcludesNobody() {
    assertThat(tried(Ask.alpha().maxLatency("p99", 0.001))).hasSize(3);
  }

  private static Ask brief() {
    return Ask.of("acme/alpha", "acme/beta")
        .sort(SortKey.PRICE)
        .maxLatency("p90", 3)
        .minThroughput("p50", 100);
  }

  @Test
  void c118AcrossModelsTheCheapestOfThoseThatPass() {
    assertThat(tried(brief().partition(Partition.NONE))).containsExactly(BETA_PC, PA, PB, PC);
  }

  @Test
  void c119WithinModelsThePrimaryComesFirst() {
    assertThat(first(brief().partition(Partition.MODEL))).isEqualTo(PA);
    assertThat(first(brief())).isEqualTo(PA);
  }

  @Test
  void aPassingFallbackModelOutranksAFailingPrimary() {
    Ask ask = Ask.of("acme/alpha", "acme/beta").only("pc").maxLatency("p50", 1.5);
    assertThat(tried(ask)).containsExactly(BETA_PC, PC);
  }

  @Test
  void thresholdsPutTheUnmeasuredBetweenThoseThatMeetAndThoseThatMiss() {
    var known = new HashMap<>(Acme.HEALTHY.byEndpoint());
    known.remove(PA.id());
    assertThat(tried(Ask.alpha().maxLatency("p90", 3), new VitalsSnapshot(known)))
        .containsExactly(PB, PA, PC);
  }

  @Test
  void c121OrderBeatsSort() {
    assertThat(first(Ask.alpha().sort(SortKey.PRICE).order("pc"))).isEqualTo(PC);
  }

  @Test
  void c123DisplayNamesMeanTheirProvider() {
    assertThat(tried(Ask.alpha().only("provider B"))).containsExactly(PB);
  }

  @Test
  void c124ToolsKeepPriceWeightingWithFewEndpoints() {
    var shares = shares(Ask.alpha().sending("tools"), Acme.HEALTHY);
    assertThat(shares.get(PA)).isCloseTo(0.9, within(1e-12));
    assertThat(shares.get(PC)).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void c125FlexDoesNotFallBackToTheDefaultTier() {
    assertThat(tried(Ask.alpha().tier("flex"))).containsExactly(FLEX);
    assertThat(tried(Ask.alpha().tier("flex"), Acme.down(FLEX))).containsExactly(FLEX);
    assertThat(tried(Ask.of("acme/beta").tier("flex"))).containsExactly(BETA_PC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast", "priority"})
  void c126PriorityFirstThenTheDefaultTierEachByThroughput(String tier) {
    assertThat(tried(Ask.alpha().tier(tier))).containsExactly(PRIORITY, PB, PA, PC);
  }

  private static Vitals toolsCalled(Endpoint endpoint, long answers, long errors) {
    Vitals known = Acme.HEALTHY.of(endpoint.id());
    return new Vitals(
        known.health(),
        known.latencySeconds(),
        known.tokensPerSecond(),
        known.successes(),
        known.failures(),
        known.requestsIn30Minutes(),
        answers,
        errors);
  }

  @Test
  void exactoGoesByToolCallsThenByThroughput() {
    assertThat(tried(Ask.of("acme/alpha:exacto"))).containsExactly(PB, PA, PC);
    assertThat(tried(Ask.alpha().sort(SortKey.EXACTO))).containsExactly(PB, PA, PC);
    var known = new HashMap<>(Acme.HEALTHY.byEndpoint());
    known.put(PB.id(), toolsCalled(PB, 100, 20));
    known.put(PA.id(), toolsCalled(PA, 19, 19));
    assertThat(tried(Ask.of("acme/alpha:exacto"), new VitalsSnapshot(known)))
        .containsExactly(PA, PC, PB);
    assertThat(tried(Ask.alpha().sort(SortKey.THROUGHPUT), new VitalsSnapshot(known)))
        .containsExactly(PB, PA, PC);
  }

  @Test
  void sortOptsInNoTier() {
    for (SortKey sort : SortKey.values()) {
      assertThat(tried(Ask.alpha().sort(sort))).doesNotContain(PRIORITY, FLEX);
    }
  }

  @Test
  void c140AllOfAModelBeforeTheNext() {
    assertThat(tried(Ask.of("acme/alpha", "acme/beta"))).hasSize(4).endsWith(BETA_PC);
    assertThat(tried(Ask.of("acme/alpha", "acme/beta"), Acme.down(PA, PB, PC)))
        .hasSize(4)
        .endsWith(BETA_PC);
  }

  @Test
  void c141ALongPromptGoesWhereItFits() {
    Ask longPrompt = Ask.of("acme/alpha", "acme/beta");
    longPrompt.promptTokens = 40_000;
    assertThat(tried(longPrompt)).containsExactly(BETA_PC);
  }

  @Test
  void duplicatesAmongModelsAreTriedOnce() {
    assertThat(tried(Ask.of("acme/alpha", "acme/alpha-old", "acme/alpha:nitro"))).hasSize(3);
  }

  @Test
  void withoutFallbacksEachModelHasOneAttempt() {
    assertThat(tried(Ask.of("acme/alpha", "acme/beta").noFallbacks()))
        .extracting(Endpoint::model)
        .containsExactly(Acme.ALPHA, Acme.BETA);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no/such", "no/such:nitro", "alpha", "", ":free", "acme/alpha:batch"})
  void c144AnUnknownModelIsNotAValidId(String slug) {
    Availability availability = refused(Ask.of(slug), slug + " is not a valid model ID");
    assertThat(availability.status()).isEqualTo(400);
    assertThat(availability.code()).isEqualTo("model_not_found");
    assertThat(availability.errorType()).isEqualTo("invalid_request");
  }

  @Test
  void c145AnEmbeddingModelDoesNotChat() {
    Availability availability = refused(Ask.of("acme/embed"), "/api/v1/embeddings");
    assertThat(availability.code()).isEqualTo("wrong_endpoint");
    assertThat(availability.constraintDetail()).isEqualTo("/api/v1/embeddings");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/alpha-old", "acme/alpha-old:floor"})
  void c146AliasesMeanTheirModel(String slug) {
    RoutingPlan plan = plan(Ask.of(slug), Acme.HEALTHY);
    assertThat(plan.candidates()).extracting(Candidate::endpoint).contains(PA, PB, PC);
    assertThat(plan.strategy()).isEqualTo("alias");
  }

  @Test
  void c147LatestMeansTheNewestOfAFamily() {
    assertThat(tried(Ask.of("~acme/alpha-latest"))).contains(PA, PB, PC);
    Model older = newsModel("acme/news-1.5", 100);
    Model newer = newsModel("acme/news-2", 200);
    Model other = newsModel("acme/news-mini-3", 300);
    var catalog =
        new Catalog(
            1,
            List.of(),
            List.of(newer, older, other),
            Stream.of(older, newer, other)
                .map(
                    model ->
                        Acme.endpoint(model, PA.provider(), "pa", "default", "1", 8_000, "fp8"))
                .toList());
    RoutingPlan plan =
        router.plan(Ask.of("~acme/news-latest").request(), catalog, Acme.HEALTHY, random);
    assertThat(plan.candidates().getFirst().endpoint().model()).isEqualTo(newer);
    assertThat(plan.strategy()).isEqualTo("latest");
    refused(Ask.of("~acme/none-latest"), "is not a valid model ID");
  }

  private static Model newsModel(String slug, long created) {
    return new Model(
        slug,
        slug,
        slug,
        created,
        Acme.ALPHA.description(),
        32_000,
        Acme.ALPHA.architecture(),
        List.of(),
        false,
        Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/alpha:free", "acme/alpha-old:free", "acme/alpha:free:nitro"})
  void staticSuffixesAreModelsOfTheirOwnAndStackWithTheOthers(String slug) {
    assertThat(tried(Ask.of(slug))).containsExactly(FREE_PA);
  }

  @Test
  void aFreeVariantThatEndedNamesThePaidModel() {
    for (String slug : List.of("acme/beta:free", "acme/beta:free:floor", "acme/beta:nitro:free")) {
      Availability availability = refused(Ask.of(slug), "no longer free");
      assertThat(availability.code()).isEqualTo("free_variant_ended");
      assertThat(availability.status()).isEqualTo(404);
      assertThat(availability.fallbackModels()).containsExactly("acme/beta");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/beta:extended", "acme/beta:thinking"})
  void otherStaticVariantsWithoutARowAreNoModels(String slug) {
    Availability availability = refused(Ask.of(slug), "is not a valid model ID");
    assertThat(availability.code()).isEqualTo("model_not_found");
    assertThat(availability.fallbackModels()).containsExactly("acme/beta");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/alpha:online", "acme/alpha:free:online", "acme/alpha:online:nitro"})
  void onlineSaysThatNoSearchIsConfigured(String slug) {
    assertThat(refused(Ask.of(slug), "web search is not configured").status()).isEqualTo(400);
  }

  @Test
  void anExplicitSortBeatsASuffixAndASuffixTheAccountsSort() {
    assertThat(tried(Ask.of("acme/alpha:exacto").sort(SortKey.PRICE))).startsWith(PA);
    Ask account = Ask.alpha().sort(SortKey.LATENCY);
    assertThat(first(Ask.of("acme/alpha:floor").defaults(account))).isEqualTo(FLEX);
    assertThat(tried(Ask.alpha().defaults(account))).containsExactly(PB, PA, PC);
    assertThat(first(Ask.alpha().sort(SortKey.PRICE).defaults(account))).isEqualTo(PA);
  }

  @Test
  void aListedEndpointInAnOutageIsPostponedAndNotExcluded() {
    Ask ask = Ask.alpha().order("pc", "pb");
    assertThat(tried(ask, Acme.down(PC))).containsExactly(PB, PA, PC);
    assertThat(tried(Ask.alpha().order("pc", "pb").noFallbacks(), Acme.down(PC)))
        .containsExactly(PB, PC);
  }

  @Test
  void anEmptyListOfAllowedProvidersSaysNothing() {
    assertThat(tried(Ask.alpha().only())).hasSize(3);
  }

  @Test
  void freeEndpointsAreDrawnEvenlyAndFirst() {
    Endpoint free =
        Acme.endpoint(Acme.ALPHA, Acme.provider("pf", "F"), "pf", "default", "0", 8, "x");
    Endpoint gratis =
        Acme.endpoint(Acme.ALPHA, Acme.provider("pg", "G"), "pg", "default", "0", 8, "x");
    var catalog = new Catalog(1, List.of(), List.of(Acme.ALPHA), List.of(PA, free, gratis, PC));
    var shares =
        router.plan(Ask.alpha().request(), catalog, Acme.HEALTHY, random).candidates().stream()
            .collect(Collectors.toMap(Candidate::endpoint, Candidate::share));
    assertThat(shares.get(free)).isEqualTo(0.5);
    assertThat(shares.get(gratis)).isEqualTo(0.5);
    assertThat(shares.get(PA)).isZero();
  }

  @Test
  void c153ASessionStaysOnOneEndpointAndIsFairOverSessions() {
    int first = 0;
    int sessions = 5_000;
    for (int i = 0; i < sessions; i++) {
      Ask ask = Ask.alpha().ignore("pb").session(i * 7_919L);
      Endpoint chosen = first(ask);
      assertThat(first(ask)).isEqualTo(chosen);
      assertThat(plan(ask, Acme.HEALTHY).candidates().getFirst().share()).isOne();
      first += chosen.equals(PA) ? 1 : 0;
    }
    assertThat(first / (double) sessions).isCloseTo(0.9, within(4 * Math.sqrt(0.09 / sessions)));
  }

  @Test
  void c156ASessionMovesOnWhileItsEndpointIsDown() {
    Ask ask = Ask.alpha().session(42);
    Endpoint chosen = first(ask);
    Endpoint next = tried(ask, Acme.down(chosen)).getFirst();
    assertThat(next).isNotEqualTo(chosen);
    assertThat(tried(ask, Acme.down(chosen)).getFirst()).isEqualTo(next);
    assertThat(first(ask)).isEqualTo(chosen);
  }

  @Test
  void c156AnEndpointThatServedAConversationComesFirstUnlessItIsOutOrExcluded() {
    for (Endpoint pin : List.of(PA, PB, PC)) {
      RoutingPlan plan = plan(Ask.alpha().pinned(pin), Acme.HEALTHY);
      assertThat(plan.candidates()).hasSize(3);
      assertThat(plan.candidates().getFirst().endpoint()).isEqualTo(pin);
      assertThat(plan.candidates().getFirst().share()).isOne();
      assertThat(tried(Ask.alpha().pinned(pin), Acme.down(pin)).getLast()).isEqualTo(pin);
      assertThat(tried(Ask.alpha().pinned(pin).noFallbacks())).containsExactly(pin);
      assertThat(first(Ask.alpha().pinned(pin).sort(SortKey.PRICE))).isEqualTo(pin);
    }
    assertThat(tried(Ask.alpha().pinned(PC).ignore("pc"))).doesNotContain(PC);
    assertThat(first(Ask.alpha().pinned(PC).order("pb"))).isEqualTo(PB);
    assertThat(first(Ask.of("acme/alpha", "acme/beta").pinned(BETA_PC))).isNotEqualTo(BETA_PC);
  }

  @Test
  void c158OrderSwitchesSessionsOff() {
    for (long session = 0; session < 50; session++) {
      assertThat(first(Ask.alpha().session(session).order("pc"))).isEqualTo(PC);
    }
  }
}
