package dev.signalbox.routing.plan;

import java.util.List;

/// What to try, in order, and what was left out.
///
/// @param candidates tried one after another; never empty
/// @param spared would follow, were fallbacks allowed. Over these and the candidates, shares sum to
///   one
/// @param excluded the endpoints that a constraint removed
/// @param strategy the contract's word for router metadata: `direct`, `fallback`, `alias`, …
public record RoutingPlan(
    List<Candidate> candidates, List<Candidate> spared, List<Exclusion> excluded, String strategy) {
  public RoutingPlan {
    candidates = List.copyOf(candidates);
    spared = List.copyOf(spared);
    excluded = List.copyOf(excluded);
  }
}
