package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.Map;

/// The preferred throughput and latency of a request: what misses them is postponed, never
/// excluded.
final class Thresholds {
  static final int MET = 0;

  /// Never measured.
  static final int UNKNOWN = 1;

  static final int MISSED = 2;

  private static final double[] NONE = {};
  private static final String[] NAMES = {"p50", "p75", "p90", "p99"};

  private final double[] minThroughput;
  private final double[] maxLatency;

  /// @param minThroughput tokens/s by percentile
  /// @param maxLatency seconds by percentile
  Thresholds(Map<String, Double> minThroughput, Map<String, Double> maxLatency) {
    this.minThroughput = byPercentile(minThroughput, 0);
    this.maxLatency = byPercentile(maxLatency, Double.MAX_VALUE);
  }

  private static double[] byPercentile(Map<String, Double> cutoffs, double harmless) {
    if (cutoffs.isEmpty()) {
      return NONE;
    }
    var byPercentile = new double[NAMES.length];
    for (int i = 0; i < NAMES.length; i++) {
      Double cutoff = cutoffs.get(NAMES[i]);
      byPercentile[i] = cutoff == null ? harmless : cutoff;
    }
    return byPercentile;
  }

  boolean areSet() {
    return minThroughput.length + maxLatency.length > 0;
  }

  /// Returns which part of the plan an endpoint belongs to; all to the same, without thresholds.
  /// One that is out meets nothing.
  int part(Vitals vitals) {
    if (!areSet()) {
      return MET;
    }
    if (vitals.health().isOut()) {
      return MISSED;
    }
    Percentiles latency = vitals.latencySeconds().orElse(null);
    Percentiles rate = vitals.tokensPerSecond().orElse(null);
    if ((latency != null && maxLatency.length > 0 && isSlower(latency))
        || (rate != null && minThroughput.length > 0 && isThinner(rate))) {
      return MISSED;
    }
    boolean known =
        (maxLatency.length == 0 || latency != null) && (minThroughput.length == 0 || rate != null);
    return known ? MET : UNKNOWN;
  }

  private boolean isSlower(Percentiles latency) {
    return latency.p50() > maxLatency[0]
        || latency.p75() > maxLatency[1]
        || latency.p90() > maxLatency[2]
        || latency.p99() > maxLatency[3];
  }

  private boolean isThinner(Percentiles rate) {
    return rate.p50() < minThroughput[0]
        || rate.p75() < minThroughput[1]
        || rate.p90() < minThroughput[2]
        || rate.p99() < minThroughput[3];
  }
}
