package dev.signalbox.billing.charge;

import dev.signalbox.catalog.Endpoint;
import java.math.BigDecimal;
import java.util.Map;

/// The operator's share of every price, in percent. The most specific one wins: account, endpoint,
/// model, provider, installation.
///
/// @param percent the installation's
/// @param byProvider by provider slug
/// @param byModel by model slug
/// @param byEndpoint by endpoint id
public record Markups(
    BigDecimal percent,
    Map<String, BigDecimal> byProvider,
    Map<String, BigDecimal> byModel,
    Map<String, BigDecimal> byEndpoint) {
  public static final Markups NONE = new Markups(BigDecimal.ZERO, Map.of(), Map.of(), Map.of());

  public Markups {
    byProvider = Map.copyOf(byProvider);
    byModel = Map.copyOf(byModel);
    byEndpoint = Map.copyOf(byEndpoint);
  }

  /// Returns the percentage for an endpoint, an account's own aside.
  public BigDecimal percentFor(Endpoint endpoint) {
    BigDecimal found = byEndpoint.get(endpoint.id().value());
    if (found == null) {
      found = byModel.get(endpoint.model().slug());
    }
    if (found == null) {
      found = byProvider.get(endpoint.provider().slug());
    }
    return found == null ? percent : found;
  }
}
