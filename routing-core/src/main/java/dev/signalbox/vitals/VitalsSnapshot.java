package dev.signalbox.vitals;

import dev.signalbox.catalog.EndpointId;
import java.util.Map;

/// The vitals of all endpoints at one moment.
public record VitalsSnapshot(Map<EndpointId, Vitals> byEndpoint) {
  public static final VitalsSnapshot EMPTY = new VitalsSnapshot(Map.of());

  public Vitals of(EndpointId endpoint) {
    return byEndpoint.getOrDefault(endpoint, Vitals.UNKNOWN);
  }
}
