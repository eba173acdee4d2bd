package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Offering;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What the names in `order`, `only` and `ignore` mean (contract, section 3.7): a base slug is all
/// of a provider's endpoints but its service tiers, a tag exactly one, a display name the provider.
public final class Names {
  /// Up to so many names, looking at each is faster than hashing.
  private static final int FEW = 4;

  private final String[] names;

  /// The first place of each name; only where there are many.
  private final Map<String, Integer> places;

  /// Some name has a slash: without one, none can be a tag that is not its own base.
  private final boolean someTags;

  public Names(Collection<String> asWritten) {
    names = new String[asWritten.size()];
    int i = 0;
    boolean slashes = false;
    for (String name : asWritten) {
      slashes |= name.indexOf('/') >= 0;
      names[i++] = name.toLowerCase(Locale.ROOT);
    }
    someTags = slashes;
    places = names.length > FEW ? HashMap.newHashMap(names.length) : Map.of();
    for (int place = 0; place < names.length && names.length > FEW; place++) {
      places.putIfAbsent(names[place], place);
    }
  }

  public int size() {
    return names.length;
  }

  /// Returns the place of the first name that means an endpoint, or [#size].
  public int firstThatMeans(Offering offering) {
    int place = placeOfTag(offering);
    return offering.inDefaultTier() ? Math.min(place, placeOfProvider(offering)) : place;
  }

  boolean mean(Offering offering) {
    return firstThatMeans(offering) < names.length;
  }

  /// Returns whether a name means an endpoint or its provider, service tiers included.
  boolean meanProviderOf(Offering offering) {
    return names.length > 0
        && Math.min(placeOfTag(offering), placeOfProvider(offering)) < names.length;
  }

  /// Returns whether an endpoint of a service tier is named itself.
  boolean meanTierOf(Offering offering) {
    return placeOfTag(offering) < names.length;
  }

  private int placeOfTag(Offering offering) {
    return someTags || offering.tag().equals(offering.base())
        ? placeOf(offering.tag())
        : names.length;
  }

  private int placeOfProvider(Offering offering) {
    String base = offering.base();
    String slug = offering.providerSlug();
    int place = Math.min(placeOf(base), placeOf(offering.providerName()));
    return slug.equals(base) ? place : Math.min(place, placeOf(slug));
  }

  private int placeOf(String name) {
    if (names.length > FEW) {
      Integer place = places.get(name);
      return place == null ? names.length : place;
    }
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    return names.length;
  }
}
