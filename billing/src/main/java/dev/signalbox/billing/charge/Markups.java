package dev.signalbox.billing.charge;

import dev.signalbox.catalog.Endpoint;
import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;

/// The operator's share of every price, in percent. The most specific one wins: account, endpoint,
/// model, provider, installation.
///
/// @param percent the installation's
/// @param byProvider by provider slug
/// @param byModel by model slug
/// @param byEndpoint by endpoint id
/// @param byAccount by account
public record Markups(
    BigDecimal percent,
    Map<String, BigDecimal> byProvider,
    Map<String, BigDecimal> byModel,
    Map<String, BigDecimal> byEndpoint,
    Map<UUID, BigDecimal> byAccount) {
  public static final Markups NONE =
      new Markups(BigDecimal.ZERO, Map.of(), Map.of(), Map.of(), Map.of());

  public Markups {
    byProvider = Map.copyOf(byProvider);
    byModel = Map.copyOf(byModel);
    byEndpoint = Map.copyOf(byEndpoint);
    byAccount = Map.copyOf(byAccount);
  }

  /// Returns the percentage that an account pays at an endpoint.
  public BigDecimal percentFor(Endpoint endpoint, UUID account) {
    BigDecimal own = byAccount.get(account);
    return own == null ? percentFor(endpoint) : own;
  }

  /// Returns the percentage for an endpoint, an account's own aside: the one that is listed.
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
