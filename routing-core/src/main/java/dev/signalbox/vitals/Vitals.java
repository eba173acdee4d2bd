package dev.signalbox.vitals;

import java.util.Optional;

/// How an endpoint has been doing over the last five minutes.
///
/// @param latencySeconds time to the first token
/// @param tokensPerSecond output tokens over the whole time of the call
/// @param successes requests answered, since its last outage
/// @param failures requests failed by the provider's fault, since its last outage
/// @param requestsIn30Minutes requests answered or failed over the last half hour
/// @param toolAnswers answers with tool calls that were looked into, over the last two hours
/// @param toolErrors those of them with a call that its tool could not have been given
public record Vitals(
    Health health,
    Optional<Percentiles> latencySeconds,
    Optional<Percentiles> tokensPerSecond,
    long successes,
    long failures,
    long requestsIn30Minutes,
    long toolAnswers,
    long toolErrors) {
  /// An endpoint of which nothing is known yet.
  public static final Vitals UNKNOWN =
      new Vitals(Health.STABLE, Optional.empty(), Optional.empty(), 0, 0);

  /// What is known of an endpoint for no longer than five minutes.
  public Vitals(
      Health health,
      Optional<Percentiles> latencySeconds,
      Optional<Percentiles> tokensPerSecond,
      long successes,
      long failures) {
    this(health, latencySeconds, tokensPerSecond, successes, failures, successes + failures, 0, 0);
  }
}
