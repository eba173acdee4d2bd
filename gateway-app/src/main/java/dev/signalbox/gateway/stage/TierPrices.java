package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.util.Optional;

/// The prices of the service tier that a provider served, which need not be the one that was asked
/// for.
final class TierPrices {
  private static final Usage SAMPLE = Usage.of(1, 1);

  private TierPrices() {}

  /// Returns the prices of the tier that a provider says it served: those that its endpoint gives
  /// for it, else those of its endpoint of that tier. Where neither is known, the endpoint's own.
  ///
  /// @param served empty if the provider did not say
  static Pricing served(Catalog catalog, Endpoint endpoint, Optional<String> served) {
    String tier = served.map(TierPrices::known).orElse(endpoint.serviceTier());
    if (tier.equals(endpoint.serviceTier())) {
      return endpoint.pricing();
    }
    if (endpoint.pricing().tiers().containsKey(tier)) {
      return endpoint.pricing().ofTier(tier);
    }
    for (Endpoint other : catalog.endpointsOf(endpoint.model())) {
      if (other.serviceTier().equals(tier) && other.provider().equals(endpoint.provider())) {
        return other.pricing();
      }
    }
    return endpoint.pricing();
  }

  /// Returns the dearer of the prices that a call may have to pay at an endpoint.
  static Pricing dearest(Call call, Endpoint endpoint) {
    Optional<String> asked = call.glance().serviceTier();
    if (asked.isEmpty()) {
      return endpoint.pricing();
    }
    Pricing usual = endpoint.pricing();
    Pricing other = served(call.offer().catalog(), endpoint, asked);
    return other
                .cost(SAMPLE, call.createdAt())
                .total()
                .compareTo(usual.cost(SAMPLE, call.createdAt()).total())
            > 0
        ? other
        : usual;
  }

  /// Providers call the same tiers by several names.
  private static String known(String tier) {
    return switch (tier) {
      case "standard", "standard_only", "auto", "on_demand" -> "default";
      case "fast" -> "priority";
      default -> tier;
    };
  }
}
