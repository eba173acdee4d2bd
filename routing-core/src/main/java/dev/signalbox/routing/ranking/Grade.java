package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Vitals;

/// How far an endpoint's record sets it back (contract, section 3.4), best first.
enum Grade {
  NORMAL,
  /// Answered less than 95 % of its requests.
  DEGRADED,
  /// Answered less than 80 % of its requests.
  UNRELIABLE,
  /// In an outage right now.
  DOWN;

  /// A share of few requests says nothing.
  private static final long ENOUGH_REQUESTS = 100;

  static Grade of(Vitals vitals) {
    if (vitals.health() == Health.DOWN) {
      return DOWN;
    }
    long all = vitals.successes() + vitals.failures();
    if (all < ENOUGH_REQUESTS || vitals.successes() >= 0.95 * all) {
      return NORMAL;
    }
    return vitals.successes() >= 0.80 * all ? DEGRADED : UNRELIABLE;
  }
}
