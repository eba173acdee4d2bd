package dev.signalbox.gateway.offer;

import dev.signalbox.billing.charge.Markups;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.EndpointId;
import java.util.Map;

/// A catalog, and how to reach and charge for what is in it: one consistent snapshot.
///
/// @param upstreams of the live endpoints
/// @param dormant of those that lack nothing but a credential
public record Offer(
    Catalog catalog,
    Map<EndpointId, Upstream> upstreams,
    Map<EndpointId, Upstream> dormant,
    Markups markups) {
  public Offer {
    upstreams = Map.copyOf(upstreams);
    dormant = Map.copyOf(dormant);
  }
}
