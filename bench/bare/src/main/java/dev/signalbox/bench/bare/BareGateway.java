package dev.signalbox.bench.bare;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;

/// One static route to one upstream.
@SpringBootApplication
public class BareGateway {
  public static void main(String[] arguments) {
    SpringApplication.run(BareGateway.class, arguments);
  }

  @Bean
  RouteLocator routes(RouteLocatorBuilder routes, @Value("${upstream}") String upstream) {
    return routes.routes().route("all", route -> route.path("/**").uri(upstream)).build();
  }
}
