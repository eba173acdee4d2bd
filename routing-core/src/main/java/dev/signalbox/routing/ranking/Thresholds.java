package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.VitalsTable;
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
  int part(VitalsTable vitals, int endpoint) {
    if (!areSet()) {
      return MET;
    }
    if (vitals.grade(endpoint).isOut()) {
      return MISSED;
    }
    // Without a branch for each point: which of them is missed is anybody's guess, the processor's
    // included. What was never measured is NaN, and misses nothing.
    boolean missed = false;
    boolean known = true;
    for (int point = 0; point < maxLatency.length; point++) {
      double latency = vitals.latencySeconds(endpoint, point);
      missed |= latency > maxLatency[point];
      known &= !Double.isNaN(latency);
    }
    for (int point = 0; point < minThroughput.length; point++) {
      double rate = vitals.tokensPerSecond(endpoint, point);
      missed |= rate < minThroughput[point];
      known &= !Double.isNaN(rate);
    }
    if (missed) {
      return MISSED;
    }
    return known ? MET : UNKNOWN;
  }
}
