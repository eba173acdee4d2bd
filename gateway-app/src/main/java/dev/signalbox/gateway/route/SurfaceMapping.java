package dev.signalbox.gateway.route;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.config.GlobalCorsProperties;
import org.springframework.cloud.gateway.event.RefreshRoutesResultEvent;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.handler.FilteringWebHandler;
import org.springframework.cloud.gateway.handler.RoutePredicateHandlerMapping;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// Finds a request's route by its path, in one look-up: the routes of endpoints are never searched.
public final class SurfaceMapping extends RoutePredicateHandlerMapping
    implements ApplicationListener<RefreshRoutesResultEvent> {
  private final RouteLocator routes;
  private volatile Map<String, Route> byPath = Map.of();

  public SurfaceMapping(
      FilteringWebHandler handler,
      RouteLocator routes,
      GlobalCorsProperties cors,
      Environment environment) {
    super(handler, routes, cors, environment);
    this.routes = routes;
    // Before the handlers of everything else: most requests are inference.
    setOrder(-1);
  }

  @Override
  public void onApplicationEvent(RefreshRoutesResultEvent event) {
    index().subscribe();
  }

  /// Returns the filter of the route at a path, if that is all there is to the route; null where
  /// there is no such route, or more to it.
  public @Nullable GatewayFilter onlyFilter(String path) {
    Route route = byPath.get(path);
    return route != null && route.getFilters().size() == 1 ? route.getFilters().getFirst() : null;
  }

  private Mono<Map<String, Route>> index() {
    return routes
        .getRoutes()
        .filter(route -> route.getMetadata().containsKey("path"))
        .collect(
            () -> new HashMap<String, Route>(),
            (map, route) -> map.put(String.valueOf(route.getMetadata().get("path")), route))
        .<Map<String, Route>>map(Map::copyOf)
        .doOnNext(index -> byPath = index);
  }

  @Override
  protected Mono<Route> lookupRoute(ServerWebExchange exchange) {
    Map<String, Route> index = byPath;
    if (index.isEmpty()) {
      return index().flatMap(fresh -> find(fresh, exchange));
    }
    return find(index, exchange);
  }

  private static Mono<Route> find(Map<String, Route> index, ServerWebExchange exchange) {
    Route route = index.get(exchange.getRequest().getPath().value());
    if (route == null) {
      return Mono.empty();
    }
    HttpMethod method = exchange.getRequest().getMethod();
    if (method != HttpMethod.POST && method != HttpMethod.OPTIONS) {
      return Mono.error(new MethodNotAllowedException(method, Set.of(HttpMethod.POST)));
    }
    return Mono.just(route);
  }
}
