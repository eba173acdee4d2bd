package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Offering;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// What the names in `order`, `only` and `ignore` mean (contract, section 3.7): a base slug is all
/// of a provider's endpoints but its service tiers, a tag exactly one, a display name the provider.
public final class Names {
  /*
   * A hash table with open addressing, at most half full: it is made anew for each request and asked
   * several times for each endpoint, so neither may allocate much nor box.
   */
  private static final int[] NO_TABLE = {};

  private final String[] names;

  /// The first place of each name, or -1, at its hash or after it.
  private final int[] table;

  /// Some name has a slash: without one, none can be a tag that has one.
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
    table = names.length == 0 ? NO_TABLE : new int[2 * Integer.highestOneBit(2 * names.length)];
    Arrays.fill(table, -1);
    for (int place = 0; place < names.length; place++) {
      int slot = slot(names[place]);
      if (table[slot] < 0) {
        table[slot] = place;
      }
    }
  }

  /// Returns where a name is, or where it would be.
  private int slot(String name) {
    int mask = table.length - 1;
    int hash = name.hashCode();
    int slot = (hash ^ hash >>> 16) & mask;
    while (table[slot] >= 0 && !names[table[slot]].equals(name)) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private int placeOf(String name) {
    int place = table[slot(name)];
    return place < 0 ? names.length : place;
  }

  public int size() {
    return names.length;
  }

  /// Returns the place of the first name that means an endpoint, or [#size].
  public int firstThatMeans(Offering offering) {
    if (names.length == 0) {
      return 0;
    }
    int place = placeOfTag(offering);
    return offering.inDefaultTier() ? Math.min(place, placeOfProvider(offering)) : place;
  }

  boolean mean(Offering offering) {
    return firstThatMeans(offering) < names.length;
  }

  /// Returns whether a name means an endpoint or its provider, service tiers included.
  boolean meanProviderOf(Offering offering) {
    return names.length > 0
        && (placeOfProvider(offering) < names.length || placeOfTag(offering) < names.length);
  }

  /// Returns whether an endpoint of a service tier is named itself.
  boolean meanTierOf(Offering offering) {
    return names.length > 0 && placeOfTag(offering) < names.length;
  }

  private int placeOfTag(Offering offering) {
    return someTags || offering.bare() ? placeOf(offering.tag()) : names.length;
  }

  private int placeOfProvider(Offering offering) {
    List<String> called = offering.providerNames();
    int place = names.length;
    for (int i = 0; i < called.size(); i++) {
      place = Math.min(place, placeOf(called.get(i)));
    }
    return place;
  }
}
