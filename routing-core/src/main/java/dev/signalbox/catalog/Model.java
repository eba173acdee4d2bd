package dev.signalbox.catalog;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What callers ask for.
///
/// @param slug `author/name`, with a static variant if it has one (`acme/alpha:free`)
/// @param canonicalSlug permanent (dated) slug
/// @param created Unix seconds
/// @param contextLength tokens
/// @param aliases other slugs that mean this model
/// @param distillable its author allows training on its output
/// @param details what listings show and routing does not read (`knowledge_cutoff`,
///   `hugging_face_id`, `default_parameters`, `reasoning`, …), as plain JSON values
public record Model(
    String slug,
    String canonicalSlug,
    String name,
    long created,
    Optional<String> description,
    long contextLength,
    Architecture architecture,
    List<String> aliases,
    boolean distillable,
    Map<String, Object> details) {
  public Model {
    aliases = List.copyOf(aliases);
    details = Map.copyOf(details);
    if (slug.indexOf('/') <= 0) {
      throw new IllegalArgumentException("model: %s (expected: author/name)".formatted(slug));
    }
  }

  public String author() {
    return slug.substring(0, slug.indexOf('/'));
  }
}
