package dev.signalbox.gateway.passthrough;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Offer;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.problem.Problem;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The providers that can be reached as they are, by slug.
final class ProviderAccess {
  private final CatalogHolder catalog;
  private volatile @Nullable Known known;

  /// A provider and how its calls are made.
  record Access(Provider provider, Upstream upstream) {}

  private record Known(Offer offer, Map<String, Access> live, Set<String> declared) {}

  ProviderAccess(CatalogHolder catalog) {
    this.catalog = catalog;
  }

  /// @throws Problem if there is no such provider, it has no credential, or the account may not use
  ///   it
  Access of(String slug, ApiKey key) {
    Known now = known();
    Access access = now.live().get(slug);
    if (access == null) {
      throw now.declared().contains(slug)
          ? Problem.unavailable("The provider is not configured here: " + slug)
          : Problem.notFound("No such provider");
    }
    boolean wanted =
        !key.ignoredProviders().contains(slug)
            && (key.allowedProviders().isEmpty() || key.allowedProviders().contains(slug));
    boolean discreet =
        (!key.zdrOnly() || access.provider().dataPolicy().zdr())
            && (!key.denyDataCollection() || !access.provider().dataPolicy().training());
    if (!wanted || !discreet) {
      throw Problem.forbidden("The account's settings do not allow this provider");
    }
    return access;
  }

  /// Made anew for each catalog.
  private Known known() {
    Known last = known;
    Offer offer = catalog.current();
    if (last != null && last.offer() == offer) {
      return last;
    }
    var live = new HashMap<String, Access>();
    var declared = new HashSet<String>();
    offer
        .catalog()
        .endpoints()
        .forEach(
            (Endpoint endpoint) -> {
              Provider provider = endpoint.provider();
              declared.add(provider.slug());
              Upstream upstream = offer.upstreams().get(endpoint.id());
              if (upstream != null) {
                live.putIfAbsent(provider.slug(), new Access(provider, upstream));
              }
            });
    var fresh = new Known(offer, live, declared);
    known = fresh;
    return fresh;
  }
}
