package dev.signalbox.routing;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.auto.Choice;
import dev.signalbox.routing.plan.Exclusion;
import dev.signalbox.vitals.Vitals;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// An account of a plan: every endpoint of the models asked for, and what becomes of it.
///
/// @param endpoints those that are tried first, in the likeliest order; then those that are not
/// @param strategy the contract's word for router metadata
/// @param refusal why there is no plan, where there is none
/// @param choices which models were chosen, for each name that leaves it open
public record Explanation(
    List<Standing> endpoints,
    String strategy,
    Optional<UnroutableException> refusal,
    List<Choice> choices) {
  public Explanation {
    endpoints = List.copyOf(endpoints);
    choices = List.copyOf(choices);
  }

  /// Where one endpoint stands.
  ///
  /// @param requestedModel the slug that led to it, as the caller wrote it
  /// @param expectedUsd what the request is expected to cost there: what the lottery weighs
  /// @param record what its health makes of it: `normal`, `degraded`, `unreliable`, `limited`,
  ///   `down`
  /// @param thresholds `met`, `unknown` or `missed`; empty where none are set
  /// @param quality of its tool calls: `good`, `insufficient_data` or `deprioritized`; empty where
  ///   it does not count
  /// @param share the exact chance that it is tried first, of 1
  /// @param position its place in the likeliest order, from 1; empty when it is never tried
  /// @param exclusion what keeps it out
  public record Standing(
      Endpoint endpoint,
      String requestedModel,
      Vitals vitals,
      double expectedUsd,
      String record,
      String thresholds,
      String quality,
      double share,
      OptionalInt position,
      Optional<Exclusion> exclusion) {}
}
