package dev.signalbox.gateway.route;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Offer;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.plan.Shares;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.support.RouteMetadataUtils;
import reactor.core.publisher.Flux;

/// The gateway's routes, assembled from the catalog: one for each surface's path, and one for each
/// live endpoint.
///
/// A surface's URI is `plan://` and its name: as `lb://` leaves the choice of instance to a filter,
/// `plan://` leaves the choice of endpoint to the [router][dev.signalbox.routing.Router]. Endpoint
/// routes match no request; a plan's candidates are taken from among them.
public final class CatalogRoutes implements RouteLocator {
  /// The API, and the same for clients that insist on a shorter path.
  static final List<String> PREFIXES = List.of("/api/v1", "/v1");

  private final CatalogHolder catalog;
  private final VitalsBoard vitals;
  private final Shares shares;
  private final SurfaceLine line;

  public CatalogRoutes(CatalogHolder catalog, VitalsBoard vitals, Shares shares, SurfaceLine line) {
    this.catalog = catalog;
    this.vitals = vitals;
    this.shares = shares;
    this.line = line;
  }

  @Override
  public Flux<Route> getRoutes() {
    return Flux.defer(() -> Flux.fromIterable(assemble(catalog.current())));
  }

  private List<Route> assemble(Offer offer) {
    var routes = new ArrayList<Route>();
    for (Surface surface : Surface.values()) {
      for (String prefix : PREFIXES) {
        routes.add(route(surface, prefix + surface.path()));
      }
    }
    offer
        .catalog()
        .endpoints()
        .forEach(
            endpoint -> {
              Upstream upstream = offer.upstreams().get(endpoint.id());
              if (upstream != null) {
                routes.add(route(endpoint, upstream));
              }
            });
    return routes;
  }

  private Route route(Surface surface, String path) {
    return Route.async()
        .id("surface:" + path)
        .uri(URI.create("plan://" + surface.key()))
        .predicate(exchange -> exchange.getRequest().getPath().value().equals(path))
        .filter(line.of(surface))
        .metadata("path", path)
        .build();
  }

  private Route route(Endpoint endpoint, Upstream upstream) {
    return Route.async()
        .id(endpoint.id().value())
        .uri(bare(upstream.baseUrl()))
        .predicate(_ -> false)
        .metadata(
            RouteMetadataUtils.CONNECT_TIMEOUT_ATTR, (int) upstream.connectTimeout().toMillis())
        .metadata(RouteMetadataUtils.RESPONSE_TIMEOUT_ATTR, upstream.firstByteTimeout().toMillis())
        .metadata("score", new LiveScore(endpoint, vitals, shares))
        .build();
  }

  /// A route's URI must have a port, and shows no credential.
  private static URI bare(URI url) {
    int port = url.getPort() > 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
    return URI.create(url.getScheme() + "://" + url.getHost() + ":" + port + url.getPath());
  }
}
