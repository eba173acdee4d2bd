package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.Map;

/// The preferred throughput and latency of a request: what misses them is postponed, never
/// excluded.
///
/// @param minThroughput tokens/s by percentile
/// @param maxLatency seconds by percentile
record Thresholds(Map<String, Double> minThroughput, Map<String, Double> maxLatency) {
  private static final int PASSES = 0;
  private static final int UNKNOWN = 1;
  private static final int FAILS = 2;
  private static final int IN_TROUBLE = 3;

  /// Returns which part of the plan an endpoint belongs to; all to the same, without thresholds.
  int split(Vitals vitals, Grade grade) {
    if (minThroughput.isEmpty() && maxLatency.isEmpty()) {
      return PASSES;
    }
    if (grade == Grade.DOWN || grade == Grade.UNRELIABLE) {
      return IN_TROUBLE;
    }
    boolean unknown = false;
    if (!maxLatency.isEmpty()) {
      Percentiles latency = vitals.latencySeconds().orElse(null);
      if (latency == null) {
        unknown = true;
      } else {
        for (var cutoff : maxLatency.entrySet()) {
          if (at(latency, cutoff.getKey()) > cutoff.getValue()) {
            return FAILS;
          }
        }
      }
    }
    if (!minThroughput.isEmpty()) {
      Percentiles rate = vitals.tokensPerSecond().orElse(null);
      if (rate == null) {
        unknown = true;
      } else {
        for (var cutoff : minThroughput.entrySet()) {
          if (at(rate, cutoff.getKey()) < cutoff.getValue()) {
            return FAILS;
          }
        }
      }
    }
    return unknown ? UNKNOWN : PASSES;
  }

  private static double at(Percentiles percentiles, String name) {
    return switch (name) {
      case "p75" -> percentiles.p75();
      case "p90" -> percentiles.p90();
      case "p99" -> percentiles.p99();
      default -> percentiles.p50();
    };
  }
}
