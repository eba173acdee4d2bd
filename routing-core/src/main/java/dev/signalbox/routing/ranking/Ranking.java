package dev.signalbox.routing.ranking;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.routing.eligibility.Slugs;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/// Puts eligible endpoints in the order in which they are tried, and knows each one's chance to be
/// first.
public final class Ranking {
  /*
   * The order has three keys, the first of them decisive:
   *
   *   1. the rank in `order`, for those listed there;
   *   2. the class: passes the preferred thresholds, unknown, fails them; each but the last class
   *      before endpoints that are down: an outage postpones, it never excludes;
   *   3. inside a class, the strategy: a lottery by price, or a strict sort.
   *
   * Drawing without replacement by weight w is the same as giving each a waiting time Exp(1) / w and
   * serving them as they arrive [1]. With w = 1 / price² the time is Exp(1) · price²; a free endpoint
   * waits no time at all, so that free ones are drawn evenly among themselves and before all others.
   * With a session, the exponential comes from a hash of session and endpoint instead of from chance:
   * weighted rendezvous hashing [2], on which all replicas agree.
   *
   * [1] Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006)
   * [2] Thaler and Ravishankar, Using name-based mappings to increase hit rates (1998)
   */
  private static final int FAILING = 2;
  private static final int DOWN = 3;

  /// What the answer is assumed to be long when the caller sets no limit, in tokens.
  private static final long ASSUMED_COMPLETION = 512;

  private final RoutingRequest request;
  private final Preferences preferences;
  private final Optional<SortKey> sort;
  private final VitalsSnapshot vitals;
  private final RandomGenerator random;

  /// An endpoint in its place.
  ///
  /// @param share the exact chance to come first
  public record Ranked(Endpoint endpoint, double share) {}

  private record Scored(Endpoint endpoint, int rank, int grade, double price, double score) {}

  public Ranking(
      RoutingRequest request,
      Optional<SortKey> sort,
      VitalsSnapshot vitals,
      RandomGenerator random) {
    this.request = request;
    this.preferences = request.preferences();
    this.sort = sort;
    this.vitals = vitals;
    this.random = random;
  }

  public List<Ranked> rank(List<Endpoint> endpoints) {
    var scored = new ArrayList<Scored>(endpoints.size());
    for (Endpoint endpoint : endpoints) {
      scored.add(score(endpoint));
    }
    scored.sort(
        Comparator.comparingInt(Scored::rank)
            .thenComparingInt(Scored::grade)
            .thenComparingDouble(Scored::score));
    return shares(scored);
  }

  private Scored score(Endpoint endpoint) {
    Vitals own = vitals.of(endpoint.id());
    double price = expectedPrice(endpoint);
    return new Scored(
        endpoint, listedRank(endpoint), grade(own), price, strategyScore(endpoint, own, price));
  }

  private int listedRank(Endpoint endpoint) {
    List<String> order = preferences.order();
    for (int i = 0; i < order.size(); i++) {
      if (Slugs.matches(order.get(i), endpoint)) {
        return i;
      }
    }
    return order.size();
  }

  private int grade(Vitals own) {
    if (own.health() == Health.DOWN || uptimeBelow(own, 0.80)) {
      return DOWN;
    }
    if (uptimeBelow(own, 0.95)) {
      return FAILING;
    }
    boolean unknown = false;
    for (boolean latency : new boolean[] {true, false}) {
      Map<String, Double> wanted =
          latency ? preferences.maxLatency() : preferences.minThroughput();
      Optional<Percentiles> measured = latency ? own.latencySeconds() : own.tokensPerSecond();
      if (wanted.isEmpty()) {
        continue;
      }
      if (measured.isEmpty()) {
        unknown = true;
        continue;
      }
      for (var cutoff : wanted.entrySet()) {
        double value = percentile(measured.get(), cutoff.getKey());
        if (latency ? value > cutoff.getValue() : value < cutoff.getValue()) {
          return FAILING;
        }
      }
    }
    return unknown ? 1 : 0;
  }

  /// A share of few requests says nothing (contract, section 3.4: a hundred at least).
  private static boolean uptimeBelow(Vitals own, double share) {
    long all = own.successes() + own.failures();
    return all >= 100 && own.successes() < share * all;
  }

  private static double percentile(Percentiles percentiles, String name) {
    return switch (name) {
      case "p75" -> percentiles.p75();
      case "p90" -> percentiles.p90();
      case "p99" -> percentiles.p99();
      default -> percentiles.p50();
    };
  }

  private double strategyScore(Endpoint endpoint, Vitals own, double price) {
    if (sort.isEmpty()) {
      return waitingTime(endpoint, price);
    }
    return switch (sort.get()) {
      case PRICE -> price;
      case LATENCY -> own.latencySeconds().map(Percentiles::p50).orElse(Double.MAX_VALUE);
      case THROUGHPUT, EXACTO ->
          own.tokensPerSecond().map(rates -> -rates.p50()).orElse(Double.MAX_VALUE);
    };
  }

  private double waitingTime(Endpoint endpoint, double price) {
    double uniform =
        sticksTo(endpoint)
            ? hashed(request.session().orElseThrow().key(), endpoint)
            : random.nextDouble();
    double exponential = -Math.log1p(-uniform);
    // Free endpoints keep an order among themselves, and stay below every priced one.
    return price == 0 ? exponential * 1e-300 : exponential * price * price;
  }

  /// A conversation is kept where that can save money: where cached prompts are cheaper.
  private boolean sticksTo(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    return request.session().isPresent()
        && preferences.order().isEmpty()
        && pricing.prices().containsKey(Item.INPUT_CACHE_READ)
        && pricing.price(Item.INPUT_CACHE_READ).compareTo(pricing.price(Item.PROMPT)) < 0;
  }

  private static double hashed(long session, Endpoint endpoint) {
    long mixed = session;
    String id = endpoint.id().value();
    for (int i = 0; i < id.length(); i++) {
      mixed = (mixed ^ id.charAt(i)) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 29;
    }
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    mixed ^= mixed >>> 32;
    return (mixed >>> 11) * 0x1.0p-53;
  }

  /// What this request may cost at an endpoint, in USD: only ever compared, never charged.
  private double expectedPrice(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    OptionalLong cap = request.maxTokens();
    double completion = cap.isPresent() ? cap.getAsLong() : ASSUMED_COMPLETION;
    double kept = 1 - pricing.discount().doubleValue();
    return kept
        * (Math.max(1, request.promptTokens()) * pricing.price(Item.PROMPT).doubleValue()
            + completion * pricing.price(Item.COMPLETION).doubleValue()
            + pricing.price(Item.REQUEST).doubleValue());
  }

  private List<Ranked> shares(List<Scored> scored) {
    var ranked = new ArrayList<Ranked>(scored.size());
    int contenders = contenders(scored);
    double total = 0;
    boolean free = false;
    for (Scored one : scored.subList(0, contenders)) {
      free |= one.price() == 0;
    }
    for (Scored one : scored.subList(0, contenders)) {
      total += weight(one, free);
    }
    for (int i = 0; i < scored.size(); i++) {
      Scored one = scored.get(i);
      ranked.add(new Ranked(one.endpoint(), i < contenders ? weight(one, free) / total : 0));
    }
    return ranked;
  }

  /// Returns how many endpoints could have come first: one, where nothing is left to chance.
  private int contenders(List<Scored> scored) {
    if (scored.isEmpty()) {
      return 0;
    }
    if (sort.isPresent() || request.session().isPresent()) {
      return 1;
    }
    Scored first = scored.getFirst();
    int count = 0;
    for (Scored one : scored) {
      if (one.rank() != first.rank() || one.grade() != first.grade()) {
        break;
      }
      count++;
    }
    return count;
  }

  private static double weight(Scored one, boolean amongFree) {
    if (amongFree) {
      return one.price() == 0 ? 1 : 0;
    }
    return 1 / (one.price() * one.price());
  }
}
