package dev.signalbox.gateway.plan;

import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.Preferences.Partition;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.List;
import java.util.Optional;

/// A plan, and what it was made of.
///
/// @param conversation empty where nothing names one
public record Planned(
    RoutingPlan plan, RoutingRequest request, Optional<Conversation> conversation) {
  /// Returns the same with other candidates.
  public Planned with(List<Candidate> candidates) {
    return new Planned(
        new RoutingPlan(candidates, plan.spared(), plan.excluded(), plan.strategy()),
        request,
        conversation);
  }

  /// Returns whether more than the first choice, or those of `order`, may be tried.
  public boolean allowsFallbacks() {
    return request.withDefaults().preferences().allowFallbacks().orElse(true);
  }

  /// Returns whether an endpoint that answered may keep the conversation: one of a fallback model
  /// may not.
  public boolean isOfPrimaryModel(Candidate candidate) {
    return candidate.requestedModel().equals(request.models().getFirst())
        || request.withDefaults().preferences().partition().equals(Optional.of(Partition.NONE));
  }
}
