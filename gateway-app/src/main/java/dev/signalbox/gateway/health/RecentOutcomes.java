package dev.signalbox.gateway.health;

/// The last twenty attempts of an endpoint: whether each worked.
///
/// Under heavy traffic, half a minute holds thousands of successes that an outage would have to
/// outweigh first; twenty attempts are gone in a fraction of a second.
final class RecentOutcomes {
  private static final int KEPT = 20;
  private static final int ALL = (1 << KEPT) - 1;

  private int failures;
  private int known;

  void add(boolean worked) {
    failures = (failures << 1 | (worked ? 0 : 1)) & ALL;
    known = Math.min(KEPT, known + 1);
  }

  void clear() {
    failures = 0;
    known = 0;
  }

  /// Returns whether at least a share of twenty has failed.
  boolean failedBy(double share) {
    return known == KEPT && Integer.bitCount(failures) >= share * KEPT;
  }
}
