package dev.signalbox.gateway.plan;

import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.RoutingRequest;
import java.util.Optional;

/// A plan, and what it was made of.
public record Planned(
    RoutingPlan plan, RoutingRequest request, Optional<Conversation> conversation, Sticky sticky) {
  /// Returns whether more than the first choice, or those of `order`, may be tried.
  public boolean allowsFallbacks() {
    return request.withDefaults().preferences().allowFallbacks().orElse(true);
  }
}
