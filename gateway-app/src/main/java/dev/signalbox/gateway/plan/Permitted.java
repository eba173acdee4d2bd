package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.routing.eligibility.Eligibility;
import dev.signalbox.routing.request.Preferences;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/// The endpoints that a key may use at all, by its account's rules and its own: what the router
/// leaves to every request that asks for nothing.
public final class Permitted {
  private static final int ALL_TIERS = -1;

  private Permitted() {}

  public static Predicate<Endpoint> to(ApiKey key, Catalog catalog) {
    var request =
        new RoutingRequest(
            List.of(),
            Kind.CHAT,
            Preferences.NONE,
            new Defaults().of(key),
            Set.of(),
            Set.of(),
            Set.of(),
            1,
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty());
    var rules = new Eligibility(request, catalog, Instant.now());
    return endpoint -> rules.objection(catalog.offering(endpoint), ALL_TIERS) == null;
  }
}
