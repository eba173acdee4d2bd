package dev.signalbox.billing.limit;

import java.time.Instant;

/// A request that a quota does not allow now.
public final class RateLimitedException extends RuntimeException {
  private final Quota quota;
  private final long remaining;
  private final Instant reset;

  RateLimitedException(Quota quota, long remaining, Instant reset) {
    super(quota.name(), null, false, false);
    this.quota = quota;
    this.remaining = remaining;
    this.reset = reset;
  }

  public Quota quota() {
    return quota;
  }

  /// What is left, and not enough.
  public long remaining() {
    return remaining;
  }

  /// When a new window begins.
  public Instant reset() {
    return reset;
  }
}
