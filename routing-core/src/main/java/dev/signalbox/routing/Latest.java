package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Model;
import java.util.Comparator;
import java.util.Optional;

/// The newest model of a family: `~author/family-latest`.
final class Latest {
  private static final String SUFFIX = "-latest";

  private Latest() {}

  static Optional<Model> of(String name, Catalog catalog) {
    if (!name.startsWith("~") || !name.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    String family = name.substring(1, name.length() - SUFFIX.length());
    return catalog
        .models()
        .filter(model -> model.slug().startsWith(family.substring(0, family.indexOf('/') + 1)))
        .filter(model -> isOf(family, model.slug()))
        .max(Comparator.comparingLong(Model::created));
  }

  /// A family's members have its words in its order; what else is in their names are versions.
  private static boolean isOf(String family, String slug) {
    if (slug.indexOf(':') >= 0) {
      return false;
    }
    String[] wanted = family.split("-");
    int next = 0;
    for (String word : slug.split("-")) {
      if (next < wanted.length && word.equals(wanted[next])) {
        next++;
      } else if (word.isEmpty()
          || !Character.isDigit(word.charAt(word.startsWith("v") ? word.length() - 1 : 0))) {
        return false;
      }
    }
    return next == wanted.length;
  }
}
