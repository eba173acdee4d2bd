package dev.signalbox.routing.ranking;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Offering;
import dev.signalbox.catalog.ServiceTiers;
import dev.signalbox.routing.eligibility.Names;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Session;
import dev.signalbox.vitals.Grade;
import dev.signalbox.vitals.Quality;
import dev.signalbox.vitals.Vitals;
import dev.signalbox.vitals.VitalsTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Puts eligible endpoints in the order in which they are tried, and knows each one's chance to be
/// first.
public final class Ranking {
  /*
   * The order has these keys, the first of them decisive:
   *
   *   1. with thresholds: meets them, unknown, misses them. This split is global, so that a fallback
   *      model that meets them outranks a primary model that does not;
   *   2. the group: the model, unless all models are one group;
   *   3. whether it is out: limited, or down. That postpones, it never excludes;
   *   4. the rank in `order`, for those listed there, and then the asked service tier;
   *   5. the grade by uptime, but for those listed in `order`;
   *   6. for requests with tools, the quality tier;
   *   7. the strategy: a lottery by price, or a strict sort.
   *
   * Drawing without replacement by weight w is the same as giving each a waiting time Exp(1) / w and
   * serving them as they arrive [1]. With w = 1 / price² the time is Exp(1) · price²; a free endpoint
   * waits next to no time, so that free ones are drawn evenly and before all others.
   * With a session, the exponential comes from a hash of session and endpoint instead of from chance:
   * weighted rendezvous hashing [2], on which all replicas agree. If the one that wins has no cheaper
   * cache reads, nothing is gained by staying with it, and chance decides after all.
   *
   * Keys 1 to 6 are one number, the place. To sort, place, score and index are packed into a long,
   * the score cut to 24 bits; a pass of insertions then mends what the cut has confused.
   *
   * [1] Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006)
   * [2] Thaler and Ravishankar, Using name-based mappings to increase hit rates (1998)
   */
  private static final double FREE_SCALE = 1e-300;

  /// A score above every measured one, for what was never measured; the cheaper come first.
  private static final double UNMEASURED = 1e200;

  private static final double LEAST_PRICE = 1e-30;

  private static final int MEDIAN = 0;

  private static final int GROUP_BITS = 8;
  private static final int OUT_BITS = 2;
  private static final int RANK_BITS = 10;
  private static final int GRADE_BITS = 2;
  private static final int TIER_BITS = 2;
  private static final int INDEX_BITS = 12;
  private static final int SCORE_BITS = 24;

  private final Names order;
  private final Thresholds thresholds;
  private final RandomGenerator random;
  private final @Nullable Session session;
  private final boolean prefersPriority;
  private final ExpectedCost cost;

  private final List<Part> parts = new ArrayList<>(1);
  private final Offering[] offerings;
  private final int[] places;
  private final double[] prices;
  private final double[] scores;
  private int size;

  /// The indices of all that were added, first to last; set by [#rank].
  private int[] ranked = {};

  private int contenders;

  /// What the endpoints of one model have in common.
  ///
  /// @param chosen by the gateway: then a conversation stays whatever its cache costs
  /// @param end the index after its last
  private record Part(
      VitalsTable vitals,
      String slug,
      @Nullable SortKey sort,
      boolean tiered,
      boolean chosen,
      int end) {}

  /// @param order the names in `provider.order`
  /// @param capacity of endpoints that will be added
  public Ranking(
      RoutingRequest request, Names order, RandomGenerator random, Instant at, int capacity) {
    Preferences preferences = request.preferences();
    this.order = order;
    this.thresholds = new Thresholds(preferences.minThroughput(), preferences.maxLatency());
    this.random = random;
    this.session = order.size() == 0 ? request.session().orElse(null) : null;
    String tier = request.serviceTier().orElse("");
    this.prefersPriority = tier.equals("priority") || tier.equals("fast");
    this.cost = ExpectedCost.of(request, at);
    offerings = new Offering[capacity];
    places = new int[capacity];
    prices = new double[capacity];
    scores = new double[capacity];
  }

  /// Adds endpoints of one model.
  ///
  /// @param vitals of all endpoints of the model
  /// @param slug that led to it, as the caller wrote it
  /// @param group lower ones come first, whatever the strategy
  /// @param sort the strict order inside the group; null is the lottery
  /// @param byQuality whether quality tiers count
  /// @param chosen the gateway chose the model
  public void add(
      List<Offering> model,
      VitalsTable vitals,
      String slug,
      int group,
      @Nullable SortKey sort,
      boolean byQuality,
      boolean chosen) {
    boolean tiered = byQuality && model.size() >= VitalsTable.FEWEST_WITH_QUALITY;
    int groupBits = Math.min(group, (1 << GROUP_BITS) - 1);
    for (int i = 0; i < model.size(); i++) {
      Offering offering = model.get(i);
      Quality quality = tiered ? vitals.quality(offering.number()) : null;
      offerings[size] = offering;
      prices[size] = cost.usd(offering);
      places[size] = place(offering, vitals, groupBits, quality == null ? 0 : quality.ordinal());
      size++;
    }
    parts.add(new Part(vitals, slug, sort, tiered, chosen, size));
  }

  private Part part(int index) {
    int i = 0;
    while (parts.get(i).end() <= index) {
      i++;
    }
    return parts.get(i);
  }

  private int place(Offering offering, VitalsTable vitals, int group, int tier) {
    Grade grade = vitals.grade(offering.number());
    int out = grade == Grade.DOWN ? 2 : grade == Grade.LIMITED ? 1 : 0;
    int listed = order.firstThatMeans(offering);
    boolean named = listed < order.size();
    boolean outsideTier = prefersPriority && offering.tier() != ServiceTiers.PRIORITY;
    int place = thresholds.part(vitals, offering.number());
    place = place << GROUP_BITS | group;
    place = place << OUT_BITS | out;
    place = place << RANK_BITS | Math.min(2 * listed + (outsideTier ? 1 : 0), (1 << RANK_BITS) - 1);
    // The order that a caller gives stands, whatever the uptime of those in it.
    place = place << GRADE_BITS | (named || out > 0 ? 0 : grade.ordinal());
    return place << TIER_BITS | (named ? 0 : tier);
  }

  /// Puts all that were added in order.
  public void rank() {
    int pinned = pinned();
    if (pinned >= 0) {
      order(false);
      promote(pinned);
      contenders = 1;
      return;
    }
    if (session != null && session.explicit()) {
      order(true);
      int first = ranked[0];
      if (part(first).sort() == null && keeps(first)) {
        contenders = 1;
        return;
      }
    }
    order(false);
    contenders = countContenders();
  }

  /// Returns which endpoint the conversation stays on, or -1. One that is out is left, and so is
  /// one whose model is a fallback only.
  private int pinned() {
    if (session == null || session.pinned().isEmpty()) {
      return -1;
    }
    EndpointId id = session.pinned().get();
    for (int i = 0; i < size; i++) {
      if (offerings[i].endpoint().id().equals(id)) {
        boolean primary = group(places[i]) == 0;
        boolean useful = keeps(i) && !part(i).vitals().grade(offerings[i].number()).isOut();
        return primary && useful ? i : -1;
      }
    }
    return -1;
  }

  /// Something is gained by staying: a cheaper cache, or a choice that would be made anew.
  private boolean keeps(int index) {
    return offerings[index].cachesCheaper() || part(index).chosen();
  }

  private static int group(int place) {
    return place >> (OUT_BITS + RANK_BITS + GRADE_BITS + TIER_BITS) & ((1 << GROUP_BITS) - 1);
  }

  private void promote(int index) {
    int at = 0;
    while (ranked[at] != index) {
      at++;
    }
    System.arraycopy(ranked, 0, ranked, 1, at);
    ranked[0] = index;
  }

  private void order(boolean hashed) {
    int next = 0;
    for (Part part : parts) {
      for (; next < part.end(); next++) {
        scores[next] = score(next, part, hashed);
      }
    }
    ranked = new int[size];
    if (size <= 1 << INDEX_BITS) {
      var keys = new long[size];
      for (int i = 0; i < size; i++) {
        keys[i] = (long) places[i] << (SCORE_BITS + INDEX_BITS) | roughly(scores[i]) | i;
      }
      long[] sorted = Digits.sorted(keys, INDEX_BITS);
      for (int i = 0; i < size; i++) {
        ranked[i] = (int) sorted[i] & ((1 << INDEX_BITS) - 1);
      }
    } else {
      var boxed = new Integer[size];
      Arrays.setAll(boxed, i -> i);
      Arrays.sort(boxed, (a, b) -> isBefore(a, b) ? -1 : 1);
      Arrays.setAll(ranked, i -> boxed[i]);
    }
    mend();
  }

  /// Returns the upper bits of a score, in an order that longs have too.
  private static long roughly(double score) {
    long bits = Double.doubleToRawLongBits(score);
    long ordered = bits ^ (bits >> 63 | Long.MIN_VALUE);
    return ordered >>> (Long.SIZE - SCORE_BITS) << INDEX_BITS;
  }

  private void mend() {
    for (int i = 1; i < size; i++) {
      int one = ranked[i];
      int j = i;
      while (j > 0 && isBefore(one, ranked[j - 1])) {
        ranked[j] = ranked[j - 1];
        j--;
      }
      ranked[j] = one;
    }
  }

  private boolean isBefore(int a, int b) {
    if (places[a] != places[b]) {
      return places[a] < places[b];
    }
    return scores[a] != scores[b] ? scores[a] < scores[b] : a < b;
  }

  private double score(int i, Part part, boolean hashed) {
    SortKey sort = part.sort();
    if (sort == null) {
      return waitingTime(i, hashed);
    }
    return switch (sort) {
      case PRICE -> prices[i];
      case LATENCY -> {
        double latency = part.vitals().latencySeconds(offerings[i].number(), MEDIAN);
        yield Double.isNaN(latency) ? unmeasured(i) : latency;
      }
      case THROUGHPUT -> {
        double rate = part.vitals().tokensPerSecond(offerings[i].number(), MEDIAN);
        yield Double.isNaN(rate) ? unmeasured(i) : -rate;
      }
      case EXACTO -> {
        double rate = part.vitals().tokensPerSecond(offerings[i].number(), MEDIAN);
        // Below one half by throughput; from there on by price, for those never measured.
        double slowness = Double.isNaN(rate) ? 1 - 0.5 / (1 + prices[i]) : 0.5 / (1 + rate);
        yield part.vitals().badToolPercent(offerings[i].number()) + slowness;
      }
    };
  }

  private double unmeasured(int i) {
    return UNMEASURED * (LEAST_PRICE + prices[i]);
  }

  private double waitingTime(int i, boolean hashed) {
    double uniform =
        hashed && session != null
            ? Rendezvous.uniform(session.key(), offerings[i].endpoint().id())
            : random.nextDouble();
    double exponential = -Math.log(1 - uniform);
    return prices[i] == 0 ? exponential * FREE_SCALE : exponential * prices[i] * prices[i];
  }

  /// Returns how many endpoints could have come first: one, where nothing is left to chance.
  private int countContenders() {
    int first = ranked[0];
    if (part(first).sort() != null) {
      return 1;
    }
    int count = 1;
    while (count < size && places[ranked[count]] == places[first]) {
      count++;
    }
    return count;
  }

  /// Returns all that were added, first to last.
  public List<Candidate> candidates() {
    boolean free = false;
    for (int i = 0; i < contenders; i++) {
      free |= prices[ranked[i]] == 0;
    }
    double total = 0;
    var weights = new double[contenders];
    for (int i = 0; i < contenders; i++) {
      weights[i] = weight(prices[ranked[i]], free);
      total += weights[i];
    }
    var candidates = new Candidate[size];
    for (int i = 0; i < size; i++) {
      int one = ranked[i];
      double share = i >= contenders ? 0 : contenders == 1 ? 1 : weights[i] / total;
      candidates[i] = new Candidate(offerings[one].endpoint(), slug(one), share);
    }
    return List.of(candidates);
  }

  private String slug(int index) {
    return parts.size() == 1 ? parts.getFirst().slug() : part(index).slug();
  }

  private static double weight(double price, boolean amongFree) {
    if (amongFree) {
      return price == 0 ? 1 : 0;
    }
    return 1 / (price * price);
  }

  /// What made the order, for the endpoint at a position from 0.
  ///
  /// @param expectedUsd what the request may cost there
  /// @param record its grade: `normal`, `degraded`, `unreliable`, `limited`, `down`
  /// @param thresholds `met`, `unknown` or `missed`; empty where none are set
  /// @param quality `good`, `insufficient_data` or `deprioritized`; empty where it does not count
  public record Ground(
      Vitals vitals, double expectedUsd, String record, String thresholds, String quality) {}

  public Ground ground(int position) {
    return groundOf(ranked[position]);
  }

  private Ground groundOf(int i) {
    Part part = part(i);
    int number = offerings[i].number();
    String met =
        switch (thresholds.part(part.vitals(), number)) {
          case Thresholds.MET -> "met";
          case Thresholds.UNKNOWN -> "unknown";
          default -> "missed";
        };
    Quality quality = part.tiered() ? part.vitals().quality(number) : null;
    return new Ground(
        part.vitals().vitals(number),
        prices[i],
        part.vitals().grade(number).name().toLowerCase(Locale.ROOT),
        thresholds.areSet() ? met : "",
        quality == null ? "" : quality.name().toLowerCase(Locale.ROOT));
  }

  /// Returns what would count for an endpoint that is not ranked.
  public Ground groundOf(Offering offering, Vitals record) {
    return new Ground(
        record, cost.usd(offering), Grade.of(record).name().toLowerCase(Locale.ROOT), "", "");
  }
}
