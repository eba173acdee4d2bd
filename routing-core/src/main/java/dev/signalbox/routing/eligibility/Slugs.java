package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Endpoint;
import java.util.Collection;

/// What the names in `order`, `only` and `ignore` mean (contract, section 3.7): a base slug is all of
/// a provider's endpoints but its service tiers, a tag exactly one, a display name the provider.
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
    boolean provider =
        name.equalsIgnoreCase(endpoint.provider().slug())
            || name.equalsIgnoreCase(endpoint.provider().name());
    return provider && endpoint.serviceTier().equals("default");
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
