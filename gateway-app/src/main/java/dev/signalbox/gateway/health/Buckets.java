package dev.signalbox.gateway.health;

import dev.signalbox.vitals.Percentiles;
import java.util.Optional;

/// The logarithmic buckets that latencies and throughputs are counted in: first those of latency,
/// then those of throughput. A percentile is off by less than 4.5 %.
final class Buckets {
  static final int EACH = 160;
  static final int ALL = 2 * EACH;

  private static final int PER_OCTAVE = 8;

  /// Half a millisecond; 160 buckets reach to nine minutes.
  private static final double LEAST_SECONDS = 0.0005;

  /// Tokens per second; 160 buckets reach to ten thousand.
  private static final double LEAST_RATE = 0.01;

  private static final double LOG_2 = Math.log(2);

  private Buckets() {}

  static int ofSeconds(double seconds) {
    return index(seconds / LEAST_SECONDS);
  }

  static int ofRate(double tokensPerSecond) {
    return EACH + index(tokensPerSecond / LEAST_RATE);
  }

  private static int index(double multiple) {
    return multiple <= 1 ? 0 : Math.min(EACH - 1, (int) (Math.log(multiple) / LOG_2 * PER_OCTAVE));
  }

  static Optional<Percentiles> latency(int[] counts) {
    long total = total(counts, 0);
    return total == 0
        ? Optional.empty()
        : Optional.of(
            new Percentiles(
                LEAST_SECONDS * at(counts, 0, total, 0.50),
                LEAST_SECONDS * at(counts, 0, total, 0.75),
                LEAST_SECONDS * at(counts, 0, total, 0.90),
                LEAST_SECONDS * at(counts, 0, total, 0.99)));
  }

  /// Throughput points the other way: its p90 is what 90 % reached or exceeded.
  static Optional<Percentiles> throughput(int[] counts) {
    long total = total(counts, EACH);
    return total == 0
        ? Optional.empty()
        : Optional.of(
            new Percentiles(
                LEAST_RATE * at(counts, EACH, total, 0.50),
                LEAST_RATE * at(counts, EACH, total, 0.25),
                LEAST_RATE * at(counts, EACH, total, 0.10),
                LEAST_RATE * at(counts, EACH, total, 0.01)));
  }

  private static long total(int[] counts, int from) {
    long total = 0;
    for (int i = from; i < from + EACH; i++) {
      total += counts[i];
    }
    return total;
  }

  /// Returns the middle of the bucket that a share of all is in or below, as a multiple of the
  /// least.
  private static double at(int[] counts, int from, long total, double share) {
    long wanted = Math.max(1, (long) Math.ceil(total * share));
    long seen = 0;
    for (int i = 0; i < EACH; i++) {
      seen += counts[from + i];
      if (seen >= wanted) {
        return Math.pow(2, (i + 0.5) / PER_OCTAVE);
      }
    }
    return Math.pow(2, EACH / (double) PER_OCTAVE);
  }
}
