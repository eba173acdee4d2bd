package dev.signalbox.routing.ranking;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.eligibility.Slugs;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Puts eligible endpoints in the order in which they are tried, and knows each one's chance to be
/// first.
public final class Ranking {
  /*
   * The order has these keys, the first of them decisive:
   *
   *   1. with thresholds: passes them, unknown, fails them, in trouble. This split is global, so that
   *      a fallback model that passes outranks a primary model that fails;
   *   2. the group: the model, unless all models are one group;
   *   3. the rank in `order`, for those listed there, and then the asked service tier;
   *   4. the grade: an outage or a poor uptime postpones, it never excludes;
   *   5. the strategy: a lottery by price, or a strict sort.
   *
   * Drawing without replacement by weight w is the same as giving each a waiting time Exp(1) / w and
   * serving them as they arrive [1]. With w = 1 / price² the time is Exp(1) · price²; a free endpoint
   * waits next to no time, so that free ones are drawn evenly and before all others.
   * With a session, the exponential comes from a hash of session and endpoint instead of from chance:
   * weighted rendezvous hashing [2], on which all replicas agree. If the one that wins has no cheaper
   * cache reads, nothing is gained by staying with it, and chance decides after all.
   *
   * [1] Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006)
   * [2] Thaler and Ravishankar, Using name-based mappings to increase hit rates (1998)
   */
  private static final double FREE_SCALE = 1e-300;

  /// How long the answer is assumed to be when the caller sets no limit, in tokens.
  private static final long ASSUMED_COMPLETION = 512;

  private static final Comparator<Scored> FIRST_TO_LAST =
      (a, b) -> {
        int order = comparePlace(a, b);
        return order != 0 ? order : Double.compare(a.score, b.score);
      };

  private final RoutingRequest request;
  private final Preferences preferences;
  private final Thresholds thresholds;
  private final VitalsSnapshot vitals;
  private final RandomGenerator random;
  private final Instant at;
  private final boolean sticky;
  private final List<Scored> all = new ArrayList<>();

  private static final class Scored {
    private final Endpoint endpoint;
    private final String slug;
    private final int group;
    private final @Nullable SortKey sort;
    private final Vitals vitals;
    private final int split;
    private final int rank;
    private final Grade grade;
    private final double price;
    private double score;

    Scored(Ranking ranking, Endpoint endpoint, String slug, int group, @Nullable SortKey sort) {
      this.endpoint = endpoint;
      this.slug = slug;
      this.group = group;
      this.sort = sort;
      this.vitals = ranking.vitals.of(endpoint.id());
      Grade own = Grade.of(vitals);
      this.split = ranking.thresholds.split(vitals, own);
      int listed = ranking.listedRank(endpoint);
      boolean named = listed < ranking.preferences.order().size();
      // The order that a caller gives stands, whatever the health of those in it.
      this.grade = named ? Grade.NORMAL : own;
      this.rank = 2 * listed + (ranking.isOutsideAskedTier(endpoint) ? 1 : 0);
      this.price = ranking.expectedPrice(endpoint);
    }
  }

  public Ranking(
      RoutingRequest request, VitalsSnapshot vitals, RandomGenerator random, Instant at) {
    this.request = request;
    this.preferences = request.preferences();
    this.thresholds = new Thresholds(preferences.minThroughput(), preferences.maxLatency());
    this.vitals = vitals;
    this.random = random;
    this.at = at;
    this.sticky = request.session().isPresent() && preferences.order().isEmpty();
  }

  /// Adds an endpoint.
  ///
  /// @param group lower ones come first, whatever the strategy
  /// @param sort the strict order inside the group; empty is the lottery
  public void add(Endpoint endpoint, String slug, int group, Optional<SortKey> sort) {
    all.add(new Scored(this, endpoint, slug, group, sort.orElse(null)));
  }

  /// Returns all that were added, first to last.
  public List<Candidate> ranked() {
    if (all.isEmpty()) {
      return List.of();
    }
    if (sticky) {
      order(true);
      Scored first = all.getFirst();
      if (first.sort == null && readsCheaperFromCache(first.endpoint)) {
        return candidates(1);
      }
    }
    order(false);
    return candidates(contenders());
  }

  private void order(boolean hashed) {
    for (Scored one : all) {
      one.score = score(one, hashed);
    }
    all.sort(FIRST_TO_LAST);
  }

  private static int comparePlace(Scored a, Scored b) {
    if (a.split != b.split) {
      return Integer.compare(a.split, b.split);
    }
    if (a.group != b.group) {
      return Integer.compare(a.group, b.group);
    }
    return a.rank != b.rank ? Integer.compare(a.rank, b.rank) : a.grade.compareTo(b.grade);
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

  private boolean isOutsideAskedTier(Endpoint endpoint) {
    String tier = request.serviceTier().orElse("");
    return (tier.equals("priority") || tier.equals("fast"))
        && !endpoint.serviceTier().equals("priority");
  }

  private double score(Scored one, boolean hashed) {
    if (one.sort == null) {
      return waitingTime(one, hashed);
    }
    return switch (one.sort) {
      case PRICE -> one.price;
      case LATENCY -> one.vitals.latencySeconds().map(Percentiles::p50).orElse(Double.MAX_VALUE);
      case THROUGHPUT, EXACTO ->
          one.vitals.tokensPerSecond().map(rates -> -rates.p50()).orElse(Double.MAX_VALUE);
    };
  }

  private double waitingTime(Scored one, boolean hashed) {
    double uniform =
        hashed
            ? Rendezvous.uniform(request.session().orElseThrow().key(), one.endpoint.id())
            : random.nextDouble();
    double exponential = -Math.log(1 - uniform);
    return one.price == 0 ? exponential * FREE_SCALE : exponential * one.price * one.price;
  }

  /// A conversation is kept where that saves money: where cached prompts are cheaper.
  private static boolean readsCheaperFromCache(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    return pricing.prices().containsKey(Item.INPUT_CACHE_READ)
        && pricing.price(Item.INPUT_CACHE_READ).compareTo(pricing.price(Item.PROMPT)) < 0;
  }

  /// What this request may cost at an endpoint, in USD: only ever compared, never charged.
  private double expectedPrice(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    long prompt = Math.max(1, request.promptTokens());
    long completion = request.maxTokens().orElse(ASSUMED_COMPLETION);
    if (!pricing.overrides().isEmpty()) {
      return pricing.cost(Usage.of(prompt, completion), at).total().usd().doubleValue();
    }
    double gross =
        prompt * pricing.price(Item.PROMPT).doubleValue()
            + completion * pricing.price(Item.COMPLETION).doubleValue()
            + pricing.price(Item.REQUEST).doubleValue();
    return pricing.discount().signum() == 0
        ? gross
        : gross * (1 - pricing.discount().doubleValue());
  }

  /// Returns how many endpoints could have come first: one, where nothing is left to chance.
  private int contenders() {
    Scored first = all.getFirst();
    if (first.sort != null) {
      return 1;
    }
    int count = 1;
    while (count < all.size() && comparePlace(first, all.get(count)) == 0) {
      count++;
    }
    return count;
  }

  private List<Candidate> candidates(int contenders) {
    boolean free = false;
    for (int i = 0; i < contenders; i++) {
      free |= all.get(i).price == 0;
    }
    double total = 0;
    for (int i = 0; i < contenders; i++) {
      total += weight(all.get(i), free);
    }
    var candidates = new ArrayList<Candidate>(all.size());
    for (int i = 0; i < all.size(); i++) {
      Scored one = all.get(i);
      double share =
          contenders == 1 ? (i == 0 ? 1 : 0) : i < contenders ? weight(one, free) / total : 0;
      candidates.add(new Candidate(one.endpoint, one.slug, share));
    }
    return candidates;
  }

  private static double weight(Scored one, boolean amongFree) {
    if (amongFree) {
      return one.price == 0 ? 1 : 0;
    }
    return 1 / (one.price * one.price);
  }
}
