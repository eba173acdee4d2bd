package dev.signalbox.gateway.offer;

import dev.signalbox.gateway.offer.CatalogText.Scalar;
import dev.signalbox.gateway.offer.Overlay.Entry;
import dev.signalbox.gateway.offer.Overlay.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Lays operators' changes over what files declare.
final class Laying {
  /*
   * Texts that came over the API are marked: what looks like a variable in them is not replaced, or
   * whoever may change a URL could read the environment. And a file's credential goes only where the
   * file says: with another URL, it is dropped.
   */
  private final Overlay overlay;
  private final List<String> faults;

  Laying(Overlay overlay, List<String> faults) {
    this.overlay = overlay;
    this.faults = faults;
  }

  /// Returns the declared objects of one kind as they are to be read: changed, without the removed
  /// ones, and with those that no file has at the end.
  ///
  /// @param nameOf tells a declared object's name
  /// @param belongs whether a name that no file has belongs here
  /// @param added makes an object of a name and its body
  List<Declared> over(
      Kind kind,
      List<Declared> declared,
      Function<Declared, String> nameOf,
      Function<String, Boolean> belongs,
      Added added) {
    Map<String, Entry> entries = overlay.of(kind);
    if (entries.isEmpty()) {
      return declared;
    }
    var result = new ArrayList<Declared>();
    Set<String> left = new LinkedHashSet<>(entries.keySet());
    for (Declared one : declared) {
      String name = nameOf.apply(one);
      Entry entry = entries.get(name);
      left.remove(name);
      if (entry == null) {
        result.add(one);
      } else if (!entry.removed()) {
        result.add(one.changed(label(kind, name), merged(kind, one.fields(), parsed(kind, name))));
      }
    }
    for (String name : left) {
      Entry entry = entries.get(name);
      if (entry != null && !entry.removed() && belongs.apply(name)) {
        result.add(added.make(label(kind, name), name, parsed(kind, name)));
      }
    }
    return result;
  }

  /// Makes an object that no file declares.
  interface Added {
    Declared make(String label, String name, Map<String, Object> body);
  }

  private static String label(Kind kind, String name) {
    return kind.name().toLowerCase(Locale.ROOT) + " " + name;
  }

  private Map<String, Object> parsed(Kind kind, String name) {
    Entry entry = overlay.of(kind).get(name);
    return entry == null ? Map.of() : literal(entry.body(), label(kind, name));
  }

  /// Reads JSON that came over the API.
  @SuppressWarnings("unchecked")
  Map<String, Object> literal(String json, String label) {
    Object tree = marked(CatalogText.parse(label, json, faults));
    if (tree instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new InvalidCatalogException(List.of(label + ": not an object"));
  }

  private static Object marked(Object tree) {
    return switch (tree) {
      case Scalar(String text, String tag) when tag.equals("str") ->
          new Scalar(text, Declared.LITERAL);
      case List<?> list -> list.stream().map(Laying::marked).toList();
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), marked(value)));
        yield copy;
      }
      default -> tree;
    };
  }

  private static Map<String, Object> merged(
      Kind kind, Map<String, Object> file, Map<String, Object> change) {
    Map<String, Object> result = merge(file, change);
    if (kind == Kind.PROVIDER && change.containsKey("base_url")) {
      for (String secret : List.of("api_key", "headers")) {
        result.remove(secret);
        if (change.containsKey(secret)) {
          result.put(secret, change.get(secret));
        }
      }
      // Without the file's credential it needs one of its own, if the file's needed one.
      if (file.containsKey("api_key")) {
        result.put("api_key", new Scalar("${" + Declared.NEVER_SET + "}", "str"));
      }
    }
    return result;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> merge(Map<String, Object> file, Map<String, Object> change) {
    var result = new LinkedHashMap<>(file);
    change.forEach(
        (name, value) -> {
          if (value instanceof Scalar(_, String tag) && tag.equals("null")) {
            result.remove(name);
          } else if (value instanceof Map<?, ?> inner
              && result.get(name) instanceof Map<?, ?> below) {
            result.put(name, merge((Map<String, Object>) below, (Map<String, Object>) inner));
          } else {
            result.put(name, value);
          }
        });
    return result;
  }
}
