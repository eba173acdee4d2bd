package dev.signalbox.routing.plan;

import java.util.List;

/// What to try, in order, and what was left out.
///
/// @param candidates tried one after another; empty when nothing fits
/// @param excluded the endpoints that a constraint removed
/// @param strategy the contract's word for router metadata: `direct`, `fallback`, `alias`, …
public record RoutingPlan(List<Candidate> candidates, List<Exclusion> excluded, String strategy) {
  public RoutingPlan {
    candidates = List.copyOf(candidates);
    excluded = List.copyOf(excluded);
  }
}
