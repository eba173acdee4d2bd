package dev.signalbox.billing.limit;

import java.time.Duration;

/// How many permits a subject has per window.
///
/// @param subject what shares them, on all replicas
/// @param name the limit's name in refusals
/// @param window a minute, begun by its first request; or a UTC day
public record Quota(String subject, String name, long limit, Window window) {
  /// For how long permits last.
  public enum Window {
    MINUTE(Duration.ofMinutes(1)),
    DAY(Duration.ofDays(1));

    private final Duration length;

    Window(Duration length) {
      this.length = length;
    }

    Duration length() {
      return length;
    }
  }

  public Quota {
    if (limit < 1) {
      throw new IllegalArgumentException("quota: %d (expected: >= 1)".formatted(limit));
    }
  }
}
