package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.ranking.Ranking;
import dev.signalbox.routing.ranking.Ranking.Ground;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.VitalsSnapshot;
import dev.signalbox.vitals.VitalsTable;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Chooses endpoints for requests. A pure function of its arguments and, where a price depends on
/// the hour, of the time.
public final class Router {
  /// Chance without chance: every endpoint waits as long as its price makes it, so that the order
  /// is the likeliest one.
  private static final RandomGenerator LIKELIEST = () -> Long.MIN_VALUE;

  private final InstantSource clock;

  public Router() {
    this(InstantSource.system());
  }

  /// @param clock tells which prices are in force
  public Router(InstantSource clock) {
    this.clock = clock;
  }

  /// Returns what to try for a request, in order.
  ///
  /// @throws UnroutableException if nothing can serve it
  public RoutingPlan plan(
      RoutingRequest asGiven, Catalog catalog, VitalsSnapshot vitals, RandomGenerator random) {
    RoutingRequest request = asGiven.withDefaults();
    Instant at = clock.instant();
    var eligibility = new Eligibility(request, catalog, at);
    Pools asked = Pools.of(request, catalog, eligibility, vitals, at, false);
    if (asked.areEmpty()) {
      throw asked.refusal(request, catalog, eligibility);
    }
    List<Pool> pools = asked.all();
    var excluded = new ArrayList<Exclusion>();
    for (Pool pool : pools) {
      excluded.addAll(pool.constrained());
    }
    Ranking ranking = ranked(request, pools, catalog, eligibility, vitals, random, at);
    List<Candidate> candidates = ranking.candidates();
    String strategy = asked.strategy();
    if (hasFallbacks(request)) {
      return new RoutingPlan(candidates, List.of(), excluded, strategy);
    }
    var tried = new ArrayList<Candidate>();
    var spared = new ArrayList<Candidate>();
    split(candidates, tried, spared);
    return new RoutingPlan(tried, spared, excluded, strategy);
  }

  /// Returns an account of what [#plan] would do: every endpoint, the filter that keeps it out or
  /// its exact chance to be tried first, and its place in the likeliest order.
  ///
  /// @throws UnroutableException if a model is unknown or not served here; where endpoints exist
  ///   but none fits, the explanation says so
  public Explanation explain(RoutingRequest asGiven, Catalog catalog, VitalsSnapshot vitals) {
    RoutingRequest request = asGiven.withDefaults();
    Instant at = clock.instant();
    var eligibility = new Eligibility(request, catalog, at);
    Pools asked = Pools.of(request, catalog, eligibility, vitals, at, true);
    List<Pool> pools = asked.all();
    Optional<UnroutableException> refusal = Optional.empty();
    var standings = new ArrayList<Standing>();
    Ranking ranking = ranked(request, pools, catalog, eligibility, vitals, LIKELIEST, at);
    if (asked.areEmpty()) {
      refusal = Optional.of(asked.refusal(request, catalog, eligibility));
    } else {
      explainRanked(request, ranking, standings);
    }
    for (Pool pool : pools) {
      for (Exclusion exclusion : pool.excluded()) {
        Ground ground =
            ranking.groundOf(
                catalog.offering(exclusion.endpoint()), vitals.of(exclusion.endpoint().id()));
        standings.add(
            standing(
                new Candidate(exclusion.endpoint(), pool.asked().slug(), 0),
                ground,
                OptionalInt.empty(),
                Optional.of(exclusion)));
      }
    }
    return new Explanation(standings, asked.strategy(), refusal, asked.choices());
  }

  private static void explainRanked(
      RoutingRequest request, Ranking ranking, List<Standing> standings) {
    List<Candidate> candidates = ranking.candidates();
    var tried = new ArrayList<Candidate>();
    if (hasFallbacks(request)) {
      tried.addAll(candidates);
    } else {
      split(candidates, tried, new ArrayList<>());
    }
    int position = 0;
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      OptionalInt place =
          position < tried.size() && tried.get(position) == candidate
              ? OptionalInt.of(++position)
              : OptionalInt.empty();
      standings.add(standing(candidate, ranking.ground(i), place, Optional.empty()));
    }
  }

  private static Standing standing(
      Candidate candidate, Ground ground, OptionalInt position, Optional<Exclusion> exclusion) {
    return new Standing(
        candidate.endpoint(),
        candidate.requestedModel(),
        ground.vitals(),
        ground.expectedUsd(),
        ground.record(),
        ground.thresholds(),
        ground.quality(),
        candidate.share(),
        position,
        exclusion);
  }

  private static Ranking ranked(
      RoutingRequest request,
      List<Pool> pools,
      Catalog catalog,
      Eligibility eligibility,
      VitalsSnapshot vitals,
      RandomGenerator random,
      Instant at) {
    int capacity = 0;
    for (Pool pool : pools) {
      capacity += pool.eligible().size();
    }
    boolean mixed = request.preferences().partition().filter(Partition.NONE::equals).isPresent();
    boolean usesTools = request.parameters().contains("tools");
    var ranking = new Ranking(request, eligibility.order(), random, at, capacity);
    for (int i = 0; i < pools.size(); i++) {
      Pool pool = pools.get(i);
      SortKey sort = sort(pools.get(mixed ? 0 : i).asked(), request);
      boolean byQuality = sort == SortKey.EXACTO || (usesTools && sort == null);
      VitalsTable measured = vitals.of(catalog.offeringsOf(pool.asked().model()));
      ranking.add(
          pool.eligible(),
          measured,
          pool.asked().slug(),
          mixed ? 0 : pool.group(),
          sort,
          byQuality,
          pool.isChosen());
    }
    if (capacity > 0) {
      ranking.rank();
    }
    return ranking;
  }

  /// The strict order that is asked for, the nearest to the request first; null is the lottery.
  private static @Nullable SortKey sort(RequestedModel asked, RoutingRequest request) {
    if (!request.preferences().order().isEmpty()) {
      return null;
    }
    if (request.preferences().sort().isPresent()) {
      return request.preferences().sort().get();
    }
    if (asked.variant().isPresent()) {
      return asked.variant().get().sort;
    }
    return switch (request.serviceTier().orElse("")) {
      case "priority", "fast" -> SortKey.THROUGHPUT;
      case "flex" -> SortKey.PRICE;
      default -> request.defaults().sort().orElse(null);
    };
  }

  private static boolean hasFallbacks(RoutingRequest request) {
    return request.preferences().allowFallbacks().orElse(true)
        || !request.preferences().order().isEmpty();
  }

  /// Without fallbacks and without `order`, each name asked for has its first endpoint only.
  private static void split(
      List<Candidate> candidates, List<Candidate> tried, List<Candidate> spared) {
    var names = new HashSet<String>();
    for (Candidate candidate : candidates) {
      (names.add(candidate.requestedModel()) ? tried : spared).add(candidate);
    }
  }
}
