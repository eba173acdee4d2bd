package dev.signalbox.gateway.route;

import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.plan.Shares;
import java.util.List;
import org.springframework.cloud.gateway.config.GlobalCorsProperties;
import org.springframework.cloud.gateway.event.RefreshRoutesEvent;
import org.springframework.cloud.gateway.handler.FilteringWebHandler;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.cors.reactive.UrlBasedCorsConfigurationSource;

/// Puts the route table together, and renews it with the catalog.
@Configuration(proxyBeanMethods = false)
class RouteConfiguration {
  /// What pages may read of an answer's headers.
  private static final List<String> EXPOSED =
      List.of(
          "X-Generation-Id",
          "Retry-After",
          "X-RateLimit-Limit",
          "X-RateLimit-Remaining",
          "X-RateLimit-Reset",
          "X-OpenRouter-Cache-Status",
          "X-OpenRouter-Cache-TTL",
          "X-OpenRouter-Cache-Age",
          "X-OpenRouter-Cache-Source-Id");

  @Bean
  CatalogRoutes catalogRoutes(
      CatalogHolder catalog,
      VitalsBoard vitals,
      Shares shares,
      SurfaceLine line,
      ApplicationEventPublisher events) {
    catalog.onChange(offer -> events.publishEvent(new RefreshRoutesEvent(offer)));
    return new CatalogRoutes(catalog, vitals, shares, line);
  }

  @Bean
  SurfaceMapping routePredicateHandlerMapping(
      FilteringWebHandler handler,
      RouteLocator routes,
      GlobalCorsProperties cors,
      Environment environment) {
    return new SurfaceMapping(handler, routes, cors, environment);
  }

  /// Pages may call the API: it has no cookies, so any origin is as good as another. They may not
  /// read what the management port shows without a key, nor call the operator API: the filter is
  /// asked on that port, too.
  @Bean
  CorsWebFilter corsFilter() {
    var cors = new CorsConfiguration();
    cors.setAllowedOrigins(List.of("*"));
    cors.setAllowedMethods(List.of("GET", "POST", "PATCH", "DELETE", "OPTIONS"));
    cors.setAllowedHeaders(List.of("*"));
    cors.setExposedHeaders(EXPOSED);
    cors.setMaxAge(3600L);
    var source = new UrlBasedCorsConfigurationSource();
    for (String path : List.of("/api/**", "/v1/**", "/openapi.json", "/openapi.yaml")) {
      source.registerCorsConfiguration(path, cors);
    }
    return new CorsWebFilter(source);
  }
}
