package dev.signalbox.vitals;

/// How far an endpoint's record sets it back, best first.
public enum Grade {
  NORMAL,
  /// Answered less than 95 % of its requests.
  DEGRADED,
  /// Answered less than 80 % of its requests.
  UNRELIABLE,
  /// Has asked to be left alone.
  LIMITED,
  /// In an outage right now.
  DOWN;

  /// A share of few requests says nothing.
  private static final long ENOUGH_REQUESTS = 100;

  /// Returns whether an attempt made now would most likely be refused or fail.
  public boolean isOut() {
    return this == LIMITED || this == DOWN;
  }

  public static Grade of(Vitals vitals) {
    return switch (vitals.health()) {
      case DOWN -> DOWN;
      case LIMITED -> LIMITED;
      // What its outage did to its uptime must not keep its trial away.
      case RECOVERING -> NORMAL;
      case STABLE -> ofUptime(vitals.successes(), vitals.failures());
    };
  }

  private static Grade ofUptime(long successes, long failures) {
    long all = successes + failures;
    if (all < ENOUGH_REQUESTS || successes >= 0.95 * all) {
      return NORMAL;
    }
    return successes >= 0.80 * all ? DEGRADED : UNRELIABLE;
  }
}
