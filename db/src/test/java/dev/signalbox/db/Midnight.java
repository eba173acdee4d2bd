package dev.signalbox.db;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// The end of a day in UTC, when limits, sums and windows begin anew.
public final class Midnight {
  /// Longer than a test that counts within one day takes.
  private static final Duration NEAR = Duration.ofMinutes(2);

  private Midnight() {}

  /// Returns the end of today.
  public static Instant next() {
    return LocalDate.now(ZoneOffset.UTC).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  /// Waits midnight out if it is so near that what begins today could end tomorrow.
  public static void waitOutIfNear() throws InterruptedException {
    Duration left = Duration.between(Instant.now(), next());
    if (left.compareTo(NEAR) < 0) {
      Thread.sleep(left.plusSeconds(2));
    }
  }
}
