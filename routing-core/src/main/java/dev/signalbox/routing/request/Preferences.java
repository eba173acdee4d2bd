package dev.signalbox.routing.request;

import dev.signalbox.catalog.DataRegion;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The `provider` object of a request, or an account's or key's defaults for it. An absent field
/// says nothing.
///
/// @param order tried first, in this order
/// @param only the only ones allowed; an empty set says nothing
/// @param ignore never used
/// @param allowFallbacks may go past the first choice
/// @param requireParameters only endpoints that support every parameter sent
/// @param denyDataCollection only endpoints that neither keep prompts nor train on them
/// @param zdr only endpoints with zero data retention
/// @param distillableOnly only models whose author allows training on their output
/// @param quantizations the only ones allowed
/// @param sort replaces the default strategy by a strict order
/// @param partition whether endpoints are sorted within each model or across all
/// @param maxPrice ceilings by pricing key: USD per million for `prompt` and `completion`, USD per
///   unit for `request`, `image` and `audio`
/// @param minThroughput tokens/s by percentile (`p50` `p75` `p90` `p99`); soft
/// @param maxLatency seconds by percentile; soft
/// @param dataRegion only endpoints whose prompts stay there
public record Preferences(
    List<String> order,
    Optional<Set<String>> only,
    Set<String> ignore,
    Optional<Boolean> allowFallbacks,
    boolean requireParameters,
    boolean denyDataCollection,
    boolean zdr,
    boolean distillableOnly,
    Set<String> quantizations,
    Optional<SortKey> sort,
    Optional<Partition> partition,
    Map<String, BigDecimal> maxPrice,
    Map<String, Double> minThroughput,
    Map<String, Double> maxLatency,
    Optional<DataRegion> dataRegion) {

  /// Preferences that leave open where prompts stay.
  public Preferences(
      List<String> order,
      Optional<Set<String>> only,
      Set<String> ignore,
      Optional<Boolean> allowFallbacks,
      boolean requireParameters,
      boolean denyDataCollection,
      boolean zdr,
      boolean distillableOnly,
      Set<String> quantizations,
      Optional<SortKey> sort,
      Optional<Partition> partition,
      Map<String, BigDecimal> maxPrice,
      Map<String, Double> minThroughput,
      Map<String, Double> maxLatency) {
    this(
        order,
        only,
        ignore,
        allowFallbacks,
        requireParameters,
        denyDataCollection,
        zdr,
        distillableOnly,
        quantizations,
        sort,
        partition,
        maxPrice,
        minThroughput,
        maxLatency,
        Optional.empty());
  }

  public enum SortKey {
    PRICE,
    THROUGHPUT,
    LATENCY,
    EXACTO
  }

  public enum Partition {
    MODEL,
    NONE
  }

  public static final Preferences NONE =
      new Preferences(
          List.of(),
          Optional.empty(),
          Set.of(),
          Optional.empty(),
          false,
          false,
          false,
          false,
          Set.of(),
          Optional.empty(),
          Optional.empty(),
          Map.of(),
          Map.of(),
          Map.of());

  public Preferences {
    order = List.copyOf(order);
    only = only.filter(names -> !names.isEmpty()).map(Set::copyOf);
    ignore = Set.copyOf(ignore);
    quantizations = Set.copyOf(quantizations);
    maxPrice = Map.copyOf(maxPrice);
    minThroughput = Map.copyOf(minThroughput);
    maxLatency = Map.copyOf(maxLatency);
  }

  /// Returns these preferences, with the ways of ordering that they leave open taken from others. A
  /// sort of its own keeps a default `order` out; a default sort ranks below a model's suffix, so
  /// that it is not taken over here.
  Preferences orElse(Preferences other) {
    return new Preferences(
        order.isEmpty() && sort.isEmpty() ? other.order : order,
        only,
        ignore,
        allowFallbacks.or(other::allowFallbacks),
        requireParameters,
        denyDataCollection,
        zdr,
        distillableOnly,
        quantizations,
        sort,
        partition.or(other::partition),
        maxPrice,
        minThroughput.isEmpty() ? other.minThroughput : minThroughput,
        maxLatency.isEmpty() ? other.maxLatency : maxLatency,
        dataRegion);
  }
}
