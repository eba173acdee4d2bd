package dev.signalbox.vitals;

import java.util.Optional;

/// How an endpoint has been doing over the last five minutes.
///
/// @param latencySeconds time to the first token
/// @param tokensPerSecond output tokens over the whole time of the call
/// @param successes requests answered
/// @param failures requests failed by the provider's fault
public record Vitals(
    Health health,
    Optional<Percentiles> latencySeconds,
    Optional<Percentiles> tokensPerSecond,
    long successes,
    long failures) {
  /// An endpoint of which nothing is known yet.
  public static final Vitals UNKNOWN =
      new Vitals(Health.STABLE, Optional.empty(), Optional.empty(), 0, 0);
}
