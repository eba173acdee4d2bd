package dev.signalbox.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Glob;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.auto.Considered;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.AutoWish;
import dev.signalbox.routing.request.CostBand;
import dev.signalbox.routing.request.CostBand.Tier;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import dev.signalbox.routing.request.RoutingRequest.Session;
import dev.signalbox.vitals.Grade;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What holds for every choice of a model, whatever the catalog and the request; each failure names
/// the seed that shows it.
class AutoPropertyTest {
  private static final int CASES = 3_000;
  private static final List<Provider> PROVIDERS =
      List.of(
          Acme.provider("p0", "P0"),
          Acme.provider("p1", "P1"),
          Acme.provider("p2", "P2"),
          Acme.provider("p3", "P3"));
  private static final List<String> PATTERNS =
      List.of("a/*", "b/*", "*1", "*", "a/m1", "*:free", "A/M2", "c/none", "*/m*");

  private final Router router = new Router();

  /// A catalog, what is known of its endpoints, and a request for it.
  private record World(
      Catalog catalog,
      VitalsSnapshot vitals,
      AutoWish wish,
      Preferences preferences,
      Set<String> parameters,
      long promptTokens) {
    static World of(long seed) {
      var random = new SplittableRandom(seed);
      Catalog catalog = anyCatalog(random);
      var vitals = new HashMap<EndpointId, Vitals>();
      catalog
          .endpoints()
          .filter(_ -> random.nextInt(4) == 0)
          .forEach(
              endpoint ->
                  vitals.put(
                      endpoint.id(),
                      new Vitals(
                          Health.values()[random.nextInt(Health.values().length)],
                          Optional.empty(),
                          Optional.empty(),
                          random.nextInt(300),
                          random.nextInt(100))));
      var wish =
          new AutoWish(
              TaskType.values()[random.nextInt(TaskType.values().length)],
              globs(random, 2),
              globs(random, 3),
              random.nextBoolean()
                  ? CostBand.ofDial(random.nextInt(11))
                  : Tier.values()[random.nextInt(5)].band(),
              Optional.empty());
      var none = Preferences.NONE;
      var preferences =
          new Preferences(
              List.of(),
              random.nextInt(4) == 0 ? Optional.of(Set.of("p1", "p2")) : Optional.empty(),
              random.nextInt(4) == 0 ? Set.of("p0") : Set.of(),
              Optional.empty(),
              false,
              false,
              random.nextInt(4) == 0,
              false,
              Set.of(),
              none.sort(),
              none.partition(),
              random.nextInt(4) == 0 ? Map.of("prompt", new BigDecimal("2")) : Map.of(),
              Map.of(),
              Map.of());
      return new World(
          catalog,
          new VitalsSnapshot(vitals),
          wish,
          preferences,
          random.nextInt(3) == 0 ? Set.of("tools", "temperature") : Set.of("temperature"),
          random.nextInt(6) == 0 ? 50_000 : random.nextInt(1, 2_000));
    }

    private static List<Glob> globs(SplittableRandom random, int oneIn) {
      return random.nextInt(oneIn) > 0
          ? List.of()
          : random
              .ints(random.nextInt(1, 3), 0, PATTERNS.size())
              .mapToObj(i -> new Glob(PATTERNS.get(i)))
              .toList();
    }

    RoutingRequest request(CostBand band, Optional<Session> session) {
      return new RoutingRequest(
          List.of("openrouter/auto"),
          Kind.CHAT,
          preferences,
          Preferences.NONE,
          parameters,
          Set.of(),
          Set.of("text"),
          promptTokens,
          OptionalLong.empty(),
          Optional.empty(),
          session,
          Map.of(),
          new AutoWish(wish.task(), wish.allowed(), wish.excluded(), band, wish.pinned()));
    }

    RoutingRequest request() {
      return request(wish.band(), Optional.empty());
    }

    /// Said again, without the router's words.
    boolean canServe(Endpoint endpoint) {
      Model model = endpoint.model();
      String provider = endpoint.provider().slug();
      return endpoint.live()
          && model.architecture().outputModalities().equals(Set.of("text"))
          && (wish.allowed().isEmpty() || wish.allowed().stream().anyMatch(g -> g.matches(model)))
          && wish.excluded().stream().noneMatch(g -> g.matches(model))
          && preferences.only().map(only -> only.contains(provider)).orElse(true)
          && !preferences.ignore().contains(provider)
          && (!preferences.zdr() || endpoint.dataPolicy().zdr())
          && (preferences.maxPrice().isEmpty()
              || perMillion(endpoint).compareTo(new BigDecimal(2)) <= 0)
          && (!parameters.contains("tools") || endpoint.supportedParameters().contains("tools"))
          && promptTokens <= endpoint.contextLength();
    }

    boolean isReserved(Endpoint endpoint) {
      return endpoint.model().slug().endsWith(":free");
    }
  }

  private static BigDecimal perMillion(Endpoint endpoint) {
    return endpoint.listPricing().price(Item.PROMPT).movePointRight(6);
  }

  private static Catalog anyCatalog(SplittableRandom random) {
    var models = new ArrayList<Model>();
    var endpoints = new ArrayList<Endpoint>();
    int size = random.nextInt(1, 14);
    for (int i = 0; i < size; i++) {
      boolean free = random.nextInt(5) == 0;
      String output =
          random.nextInt(8) == 0 ? random.nextBoolean() ? "embeddings" : "image" : "text";
      var model =
          new Model(
              (random.nextBoolean() ? "a/m" : "b/m") + i + (free ? ":free" : ""),
              "x/" + i,
              "m",
              1,
              Optional.empty(),
              1,
              new Architecture(
                  Set.of("text"),
                  output.equals("image") ? Set.of("text", "image") : Set.of(output),
                  "Other",
                  Optional.empty()),
              List.of(),
              false,
              Map.of());
      models.add(model);
      for (Provider provider : PROVIDERS) {
        if (random.nextInt(3) == 0) {
          endpoints.add(endpoint(model, provider, free, random));
        }
      }
    }
    var favourites =
        new Favourites(
            Map.of(TaskType.CODE, List.of(new Glob("*/m3"), new Glob("b/*"))),
            List.of(new Glob("*/m2")),
            List.of(new Glob("*:free")));
    return new Catalog(1, PROVIDERS, models, endpoints, favourites);
  }

  private static Endpoint endpoint(
      Model model, Provider provider, boolean free, SplittableRandom random) {
    var price = Acme.perMillion(free ? "0" : String.valueOf(random.nextInt(1, 5)));
    return new Endpoint(
        EndpointId.of(model.slug(), provider.slug()),
        model,
        provider,
        provider.slug(),
        "default",
        price,
        price,
        random.nextInt(4) == 0 ? 4_000 : 100_000,
        OptionalLong.empty(),
        OptionalLong.empty(),
        "unknown",
        random.nextInt(3) == 0 ? Set.of("temperature") : Set.of("temperature", "tools"),
        new DataPolicy(false, false, OptionalInt.of(0), random.nextBoolean()),
        false,
        random.nextInt(8) > 0);
  }

  private @Nullable RoutingPlan plan(World world, RoutingRequest request, long seed) {
    try {
      return router.plan(request, world.catalog(), world.vitals(), new SplittableRandom(seed));
    } catch (UnroutableException _) {
      return null;
    }
  }

  @Test
  void noHardConstraintIsEverViolatedAndThereIsAPlanWhereverThereCanBeOne() {
    int planned = 0;
    for (long seed = 0; seed < CASES; seed++) {
      World world = World.of(seed);
      List<Endpoint> able = world.catalog().endpoints().filter(world::canServe).toList();
      RoutingPlan plan = plan(world, world.request(), seed);
      assertThat(plan != null).as("seed %d", seed).isEqualTo(!able.isEmpty());
      if (plan == null) {
        continue;
      }
      planned++;
      boolean reserve = able.stream().allMatch(world::isReserved);
      for (Candidate candidate : plan.candidates()) {
        assertThat(world.canServe(candidate.endpoint()))
            .as("seed %d: %s", seed, candidate.endpoint().id())
            .isTrue();
        assertThat(world.isReserved(candidate.endpoint())).as("seed %d", seed).isEqualTo(reserve);
        assertThat(candidate.requestedModel()).isEqualTo("openrouter/auto");
      }
      assertThat(plan.strategy()).isEqualTo("auto");
      assertThat(models(plan)).as("seed %d", seed).hasSizeBetween(1, 4);
    }
    assertThat(planned).isBetween(CASES / 3, CASES - CASES / 10);
  }

  private static List<String> models(RoutingPlan plan) {
    return plan.candidates().stream().map(one -> one.endpoint().model().slug()).distinct().toList();
  }

  @Test
  void aLowerTierNeverChoosesADearerModelThanAHigherOne() {
    for (long seed = 0; seed < CASES; seed++) {
      World world = World.of(seed);
      double before = -1;
      for (Tier tier : Tier.values()) {
        Explanation explanation =
            router.explain(
                world.request(tier.band(), Optional.empty()), world.catalog(), world.vitals());
        Choice choice = explanation.choices().getFirst();
        List<Considered> chosen =
            choice.considered().stream().filter(one -> one.position().isPresent()).toList();
        for (Considered one : chosen) {
          assertThat(one.usd().orElseThrow())
              .as("seed %d, %s", seed, tier)
              .isGreaterThanOrEqualTo(before);
        }
        before =
            Math.max(
                before,
                chosen.stream().mapToDouble(one -> one.usd().orElseThrow()).min().orElse(before));
      }
    }
  }

  @Test
  void theSameRequestHasTheSameModelsAndTheAccountTellsThem() {
    for (long seed = 0; seed < CASES; seed++) {
      World world = World.of(seed);
      RoutingPlan plan = plan(world, world.request(), seed);
      RoutingPlan other = plan(world, world.request(), seed + 1);
      Explanation explanation = router.explain(world.request(), world.catalog(), world.vitals());
      assertThat(explanation.refusal().isPresent()).as("seed %d", seed).isEqualTo(plan == null);
      Choice choice = explanation.choices().getFirst();
      List<String> chosen = choice.models().stream().map(Model::slug).toList();
      if (plan != null && other != null) {
        assertThat(models(other)).as("seed %d", seed).isEqualTo(models(plan)).isEqualTo(chosen);
      }
      Set<String> writing =
          world
              .catalog()
              .models()
              .filter(model -> model.architecture().outputModalities().contains("text"))
              .map(Model::slug)
              .collect(Collectors.toSet());
      assertThat(choice.considered())
          .as("seed %d", seed)
          .extracting(one -> one.model().slug())
          .containsExactlyInAnyOrderElementsOf(writing);
    }
  }

  /// Prices without a cheaper cache: what keeps the conversation is that the model was chosen.
  @Test
  void aConversationStaysOnItsEndpointWhileItsModelIsInTheBandAndTheEndpointIsUp() {
    int kept = 0;
    for (long seed = 0; seed < CASES; seed++) {
      World world = World.of(seed);
      RoutingPlan plan = plan(world, world.request(), seed);
      if (plan == null) {
        continue;
      }
      Endpoint last = plan.candidates().get((int) (seed % plan.candidates().size())).endpoint();
      RoutingPlan next =
          plan(
              world,
              world.request(
                  world.wish().band(),
                  Optional.of(new Session(seed, true, Optional.of(last.id())))),
              seed);
      assertThat(next).isNotNull();
      boolean out = Grade.of(world.vitals().of(last.id())).isOut();
      if (!out) {
        kept++;
        assertThat(next.candidates().getFirst().endpoint().id())
            .as("seed %d", seed)
            .isEqualTo(last.id());
      }
      assertThat(List.copyOf(models(next)))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(models(plan));
    }
    assertThat(kept).isGreaterThan(CASES / 4);
  }

  /// Before anything is remembered, a hash of the session finds the endpoint on every replica.
  @Test
  void aNamedSessionHasOneFirstEndpointWhateverChanceSays() {
    for (long seed = 0; seed < CASES; seed++) {
      World world = World.of(seed);
      RoutingRequest request =
          world.request(world.wish().band(), Optional.of(new Session(seed, true)));
      RoutingPlan one = plan(world, request, seed);
      RoutingPlan other = plan(world, request, ~seed);
      if (one != null && other != null) {
        assertThat(one.candidates().getFirst())
            .as("seed %d", seed)
            .isEqualTo(other.candidates().getFirst());
      }
    }
  }
}
