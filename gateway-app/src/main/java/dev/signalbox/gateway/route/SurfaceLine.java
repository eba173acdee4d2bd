package dev.signalbox.gateway.route;

import dev.signalbox.gateway.dialect.Surface;
import org.springframework.cloud.gateway.filter.GatewayFilter;

/// Makes the line that a surface's requests travel.
public interface SurfaceLine {
  GatewayFilter of(Surface surface);
}
