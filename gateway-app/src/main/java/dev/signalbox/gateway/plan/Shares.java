package dev.signalbox.gateway.plan;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.routing.Explanation.Standing;
import dev.signalbox.routing.Router;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.vitals.VitalsSnapshot;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The chance of each endpoint to be tried first for a plain request for its model, at the moment
/// somebody looks.
public final class Shares {
  private final Router router = new Router();
  private final CatalogHolder catalog;
  private final VitalsBoard vitals;
  private volatile Known known = new Known(null, VitalsSnapshot.EMPTY, Map.of());

  /// What was worked out for one catalog and one snapshot.
  private record Known(
      @Nullable Catalog catalog,
      VitalsSnapshot vitals,
      Map<String, Map<EndpointId, Double>> byModel) {}

  Shares(CatalogHolder catalog, VitalsBoard vitals) {
    this.catalog = catalog;
    this.vitals = vitals;
  }

  public double of(Endpoint endpoint) {
    Catalog offered = catalog.current().catalog();
    VitalsSnapshot snapshot = vitals.snapshot();
    Known current = known;
    if (current.catalog() != offered || current.vitals() != snapshot) {
      current = new Known(offered, snapshot, new ConcurrentHashMap<>());
      known = current;
    }
    return current
        .byModel()
        .computeIfAbsent(endpoint.model().slug(), _ -> shares(endpoint, offered, snapshot))
        .getOrDefault(endpoint.id(), 0.0);
  }

  private Map<EndpointId, Double> shares(
      Endpoint endpoint, Catalog offered, VitalsSnapshot snapshot) {
    var shares = new HashMap<EndpointId, Double>();
    offered
        .model(endpoint.model().slug())
        .map(model -> router.explain(RoutingRequest.plain(model), offered, snapshot))
        .ifPresent(
            explanation -> {
              for (Standing standing : explanation.endpoints()) {
                shares.put(standing.endpoint().id(), standing.share());
              }
            });
    return shares;
  }
}
