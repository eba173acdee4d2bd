package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.routing.plan.RoutingPlan;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.List;
import java.util.random.RandomGenerator;

/// Chooses endpoints for requests. A pure function of its arguments.
public final class Router {
  /// Returns what to try for a request, in order.
  ///
  /// @throws UnroutableException if nothing can serve it
  public RoutingPlan plan(
      RoutingRequest request, Catalog catalog, VitalsSnapshot vitals, RandomGenerator random) {
    return new RoutingPlan(List.of(), List.of(), "direct");
  }
}
