package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Endpoint;
import java.util.Collection;

/// What the names in `order`, `only` and `ignore` mean (contract, section 3.7): a base slug is all
/// of a provider's endpoints but its service tiers, a tag exactly one, a display name the provider.
public final class Slugs {
  private Slugs() {}

  public static boolean matchesAny(Collection<String> names, Endpoint endpoint) {
    for (String name : names) {
      if (matches(name, endpoint)) {
        return true;
      }
    }
    return false;
  }

  public static boolean matches(String name, Endpoint endpoint) {
    if (name.equalsIgnoreCase(endpoint.tag())) {
      return true;
    }
    return namesProvider(name, endpoint) && endpoint.serviceTier().equals("default");
  }

  /// Returns whether a name means the endpoint or its provider, service tiers included.
  static boolean matchesAnyTier(Collection<String> names, Endpoint endpoint) {
    for (String name : names) {
      if (name.equalsIgnoreCase(endpoint.tag()) || namesProvider(name, endpoint)) {
        return true;
      }
    }
    return false;
  }

  private static boolean namesProvider(String name, Endpoint endpoint) {
    return name.equalsIgnoreCase(endpoint.provider().slug())
        || name.equalsIgnoreCase(endpoint.provider().name());
  }

  static boolean namesExactly(Collection<String> names, Endpoint endpoint) {
    for (String name : names) {
      if (name.indexOf('/') >= 0 && name.equalsIgnoreCase(endpoint.tag())) {
        return true;
      }
    }
    return false;
  }
}
