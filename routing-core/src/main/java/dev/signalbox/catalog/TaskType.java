package dev.signalbox.catalog;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a prompt asks a model to do, coarsely: as fine as an operator would keep lists for.
public enum TaskType {
  /// Look at images or other media.
  VISION,
  /// Call tools.
  AGENT,
  /// Write, mend or explain programs.
  CODE,
  /// Calculate, or prove.
  MATH,
  TRANSLATION,
  SUMMARY,
  /// Fill in a schema.
  EXTRACTION,
  /// Write prose: letters, stories, posts.
  WRITING,
  /// Think it over, as the caller asked for.
  REASONING,
  /// Anything else.
  GENERAL;

  private final String word = name().toLowerCase(Locale.ROOT);

  public String word() {
    return word;
  }

  public static Optional<TaskType> ofWord(String word) {
    return Arrays.stream(values()).filter(type -> type.word.equals(word)).findFirst();
  }
}
