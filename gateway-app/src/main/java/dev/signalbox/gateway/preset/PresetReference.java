package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.wire.Members;
import java.util.Optional;

/// How a request names a preset: `"preset": "x"`, or in its model, `@preset/x` or `a/b@preset/x`.
///
/// @param model what is left of the model's name; empty where the preset's own is meant
record PresetReference(String slug, Optional<String> model, boolean inModel) {
  private static final String MARK = "@preset/";

  static Optional<PresetReference> in(Members members) {
    Optional<String> model = members.text("model");
    int mark = model.map(name -> name.indexOf(MARK)).orElse(-1);
    if (mark >= 0) {
      String slug = model.get().substring(mark + MARK.length());
      String rest = model.get().substring(0, mark);
      return Optional.of(
          new PresetReference(slug, rest.isEmpty() ? Optional.empty() : Optional.of(rest), true));
    }
    return members.text("preset").map(slug -> new PresetReference(slug, model, false));
  }
}
