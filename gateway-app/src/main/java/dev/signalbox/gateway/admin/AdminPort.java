package dev.signalbox.gateway.admin;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/// Serves the operator API on the management port, away from callers.
///
/// Not a configuration by annotation, or the scan for those would bring it to the API's port as
/// well: it is named in the list of the management port's own.
@ConditionalOnProperty(
    name = AdminConfiguration.ON_API_PORT,
    havingValue = "false",
    matchIfMissing = true)
class AdminPort {
  @Bean
  RouterFunction<ServerResponse> adminRoutes(AdminApi api) {
    return api.router().and(api.documents());
  }
}
