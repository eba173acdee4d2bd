package dev.signalbox.gateway.health;

import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.Optional;

/// One endpoint's last five minutes: latency and throughput in logarithmic buckets, in slots of ten
/// seconds that are reused as time goes by. Recording costs the same however much there is.
final class Measurements {
  private static final int SLOTS = 30;
  private static final long SLOT_NANOS = 10_000_000_000L;

  /// Buckets per doubling; a percentile is off by at most an eighth.
  private static final int PER_OCTAVE = 8;

  private static final int BUCKETS = 30 * PER_OCTAVE;

  /// The value of the lowest bucket: a millisecond, or a hundredth of a token per second.
  private static final double LATENCY_FLOOR = 0.0005;

  private static final double RATE_FLOOR = 0.01;

  private final Slot[] slots = new Slot[SLOTS];

  private static final class Slot {
    long number = Long.MIN_VALUE;
    final int[] latency = new int[BUCKETS];
    final int[] rate = new int[BUCKETS];
    long successes;
    long failures;

    void reset(long number) {
      this.number = number;
      java.util.Arrays.fill(latency, 0);
      java.util.Arrays.fill(rate, 0);
      successes = 0;
      failures = 0;
    }
  }

  private Slot slot(long now) {
    long number = Math.floorDiv(now, SLOT_NANOS);
    int index = (int) Math.floorMod(number, SLOTS);
    Slot slot = slots[index];
    if (slot == null) {
      slot = new Slot();
      slots[index] = slot;
    }
    if (slot.number != number) {
      slot.reset(number);
    }
    return slot;
  }

  synchronized void answered(
      long now, long firstTokenNanos, long totalNanos, long completionTokens) {
    Slot slot = slot(now);
    slot.successes++;
    slot.latency[bucket(firstTokenNanos / 1e9, LATENCY_FLOOR)]++;
    if (completionTokens > 0 && totalNanos > 0) {
      slot.rate[bucket(completionTokens * 1e9 / totalNanos, RATE_FLOOR)]++;
    }
  }

  synchronized void failed(long now) {
    slot(now).failures++;
  }

  private static int bucket(double value, double floor) {
    if (value <= floor) {
      return 0;
    }
    double octaves = Math.log(value / floor) / Math.log(2);
    return Math.min(BUCKETS - 1, (int) (octaves * PER_OCTAVE));
  }

  synchronized Vitals vitals(Health health, long now) {
    long oldest = Math.floorDiv(now, SLOT_NANOS) - SLOTS;
    int[] latency = new int[BUCKETS];
    int[] rate = new int[BUCKETS];
    long successes = 0;
    long failures = 0;
    for (Slot slot : slots) {
      if (slot == null || slot.number <= oldest) {
        continue;
      }
      for (int i = 0; i < BUCKETS; i++) {
        latency[i] += slot.latency[i];
        rate[i] += slot.rate[i];
      }
      successes += slot.successes;
      failures += slot.failures;
    }
    return new Vitals(
        health,
        percentiles(latency, LATENCY_FLOOR, false),
        percentiles(rate, RATE_FLOOR, true),
        successes,
        failures);
  }

  /// @param downwards p90 is what 90 % reached or exceeded
  private static Optional<Percentiles> percentiles(int[] counts, double floor, boolean downwards) {
    long total = 0;
    for (int count : counts) {
      total += count;
    }
    if (total == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Percentiles(
            at(counts, total, 0.5, floor),
            at(counts, total, downwards ? 0.25 : 0.75, floor),
            at(counts, total, downwards ? 0.10 : 0.90, floor),
            at(counts, total, downwards ? 0.01 : 0.99, floor)));
  }

  private static double at(int[] counts, long total, double share, double floor) {
    long wanted = Math.max(1, (long) Math.ceil(total * share));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return floor * Math.pow(2, (i + 0.5) / PER_OCTAVE);
      }
    }
    return floor;
  }
}
