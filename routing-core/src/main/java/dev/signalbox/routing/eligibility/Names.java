package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Offering;
import java.util.Collection;
import java.util.Locale;

/// What the names in `order`, `only` and `ignore` mean (contract, section 3.7): a base slug is all
/// of a provider's endpoints but its service tiers, a tag exactly one, a display name the provider.
public final class Names {
  private final String[] names;

  public Names(Collection<String> asWritten) {
    names = new String[asWritten.size()];
    int i = 0;
    for (String name : asWritten) {
      names[i++] = name.toLowerCase(Locale.ROOT);
    }
  }

  public int size() {
    return names.length;
  }

  /// Returns the first of the names that means an endpoint, or [#size].
  public int firstThatMeans(Offering offering) {
    for (int i = 0; i < names.length; i++) {
      String name = names[i];
      if (name.equals(offering.tag()) || (offering.inDefaultTier() && isProvider(name, offering))) {
        return i;
      }
    }
    return names.length;
  }

  boolean mean(Offering offering) {
    return firstThatMeans(offering) < names.length;
  }

  /// Returns whether a name means an endpoint or its provider, service tiers included.
  boolean meanProviderOf(Offering offering) {
    for (String name : names) {
      if (name.equals(offering.tag()) || isProvider(name, offering)) {
        return true;
      }
    }
    return false;
  }

  /// Returns whether an endpoint of a service tier is named itself.
  boolean meanTierOf(Offering offering) {
    for (String name : names) {
      if (name.equals(offering.tag())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isProvider(String name, Offering offering) {
    return name.equals(offering.base())
        || name.equals(offering.providerSlug())
        || name.equals(offering.providerName());
  }
}
