package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.NameIndex;
import dev.signalbox.catalog.Offering;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/// What the names in `order`, `only` and `ignore` mean: a base slug is all of a provider's
/// endpoints but its service tiers, a tag exactly one, a display name the provider.
public final class Names {
  /*
   * Each name is looked up once in the catalog, which numbers what it means; what is left to do for
   * an endpoint, several times in each plan, are two reads of an array.
   */
  private static final int[] NONE = {};

  private final int size;

  /// The first place of a name that means a calling, by the calling's number.
  private final int[] byCalling;

  /// The first place of a numbered tag; empty when no name is one.
  private final int[] byTag;

  public Names(Collection<String> asWritten, NameIndex index) {
    size = asWritten.size();
    int[] callings = size == 0 ? NONE : nowhere(index.callings());
    int[] tags = NONE;
    int place = 0;
    for (String written : asWritten) {
      String name = written.toLowerCase(Locale.ROOT);
      int[] meant = index.callingsOf(name);
      for (int calling : meant) {
        callings[calling] = Math.min(callings[calling], place);
      }
      int tag = index.tagOf(name);
      if (tag >= 0) {
        tags = tags.length == 0 ? nowhere(index.tags()) : tags;
        tags[tag] = Math.min(tags[tag], place);
      }
      // What means nothing here takes no place: there may be many such names.
      place += meant.length > 0 || tag >= 0 ? 1 : 0;
    }
    byCalling = callings;
    byTag = tags;
  }

  private int[] nowhere(int length) {
    var places = new int[length];
    Arrays.fill(places, size);
    return places;
  }

  public int size() {
    return size;
  }

  /// Returns the place of the first name that means an endpoint, or [#size].
  public int firstThatMeans(Offering offering) {
    if (size == 0) {
      return 0;
    }
    int place = placeOfTag(offering);
    return offering.inDefaultTier() ? Math.min(place, byCalling[offering.calling()]) : place;
  }

  boolean mean(Offering offering) {
    return firstThatMeans(offering) < size;
  }

  /// Returns whether a name means an endpoint or its provider, service tiers included.
  boolean meanProviderOf(Offering offering) {
    return size > 0 && (byCalling[offering.calling()] < size || placeOfTag(offering) < size);
  }

  /// Returns whether an endpoint of a service tier is named itself.
  boolean meanTierOf(Offering offering) {
    return placeOfTag(offering) < size;
  }

  private int placeOfTag(Offering offering) {
    return byTag.length == 0 || offering.tag() < 0 ? size : byTag[offering.tag()];
  }
}
