package dev.signalbox.catalog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What providers and tags are called in one catalog, numbered: for each request the names it
/// writes are looked up once, and endpoints are then told apart by numbers.
public final class NameIndex {
  /*
   * A calling is the set of names that mean an endpoint's provider: the endpoint's tag up to its
   * first slash, the provider's slug and its display name. There are about as many as providers.
   * Tags are numbered only where they mean less than a calling does: those with a slash, and those
   * of service tiers, which a provider's name does not mean.
   */
  private static final int[] NONE = {};
  static final int NO_TAG = -1;

  private final Map<List<String>, Integer> callings = new HashMap<>();
  private final Map<String, int[]> callingsByName = new HashMap<>();
  private final Map<String, Integer> tags = new HashMap<>();

  /// Some numbered tag has no slash.
  private boolean bareTags;

  NameIndex(Iterable<Endpoint> endpoints) {
    for (Endpoint endpoint : endpoints) {
      List<String> names = names(endpoint);
      if (!callings.containsKey(names)) {
        int number = callings.size();
        callings.put(names, number);
        names.forEach(name -> callingsByName.merge(name, new int[] {number}, NameIndex::joined));
      }
      String tag = lower(endpoint.tag());
      if (tag.indexOf('/') >= 0 || !endpoint.serviceTier().equals("default")) {
        tags.putIfAbsent(tag, tags.size());
        bareTags |= tag.indexOf('/') < 0;
      }
    }
  }

  private static int[] joined(int[] some, int[] more) {
    int[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static List<String> names(Endpoint endpoint) {
    String tag = lower(endpoint.tag());
    int slash = tag.indexOf('/');
    var names = new ArrayList<String>(3);
    names.add(slash < 0 ? tag : tag.substring(0, slash));
    for (String name :
        List.of(lower(endpoint.provider().slug()), lower(endpoint.provider().name()))) {
      if (!names.contains(name)) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  int calling(Endpoint endpoint) {
    return callings.getOrDefault(names(endpoint), 0);
  }

  int tag(Endpoint endpoint) {
    return tags.getOrDefault(lower(endpoint.tag()), NO_TAG);
  }

  /// How many callings there are; they are numbered from 0.
  public int callings() {
    return callings.size();
  }

  /// How many numbered tags there are.
  public int tags() {
    return tags.size();
  }

  /// Returns the callings that a name is part of.
  ///
  /// @param lowerCase the name
  public int[] callingsOf(String lowerCase) {
    return callingsByName.getOrDefault(lowerCase, NONE);
  }

  /// Returns the number of the tag that a name is, or -1.
  ///
  /// @param lowerCase the name
  public int tagOf(String lowerCase) {
    return bareTags || lowerCase.indexOf('/') >= 0 ? tags.getOrDefault(lowerCase, NO_TAG) : NO_TAG;
  }
}
