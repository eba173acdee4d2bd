package dev.signalbox.gateway.inbound;

import java.time.Duration;

/// How long callers may take.
///
/// @param headNanos for a request's head, from its first byte
/// @param bodyNanos for a body; longer ones get more
/// @param idleNanos between requests
record Limits(long headNanos, long bodyNanos, long idleNanos) {
  static Limits of(Duration head, Duration body, Duration idle) {
    return new Limits(head.toNanos(), body.toNanos(), idle.toNanos());
  }

  /// How often a connection looks at the clock: a limit is kept to about a quarter.
  long lookNanos() {
    return Math.min(headNanos, Math.min(bodyNanos, idleNanos)) / 4;
  }
}
