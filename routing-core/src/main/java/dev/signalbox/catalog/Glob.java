package dev.signalbox.catalog;

import java.util.Locale;

/// A pattern of model slugs: `*` stands for any characters, case does not count. `anthropic/*`,
/// `*/claude-*`, `openai/gpt-5`.
public final class Glob {
  /*
   * Whoever writes a request writes patterns, so matching may not explode: runs of stars are one,
   * a pattern with more letters than the slug has is no match at once, and of the stars only the
   * last one passed is ever gone back to.
   */
  private final String written;
  private final String pattern;
  private final int letters;

  public Glob(String written) {
    this.written = written;
    this.pattern = written.toLowerCase(Locale.ROOT).replaceAll("\\*+", "*");
    this.letters = (int) pattern.chars().filter(c -> c != '*').count();
  }

  /// Returns whether it can match one slug only.
  public boolean isExact() {
    return letters == pattern.length();
  }

  /// Returns whether it matches a model by its slug or, without a star, by any of its names.
  public boolean matches(Model model) {
    if (matches(model.slug())) {
      return true;
    }
    return isExact()
        && (pattern.equalsIgnoreCase(model.canonicalSlug())
            || model.aliases().stream().anyMatch(pattern::equalsIgnoreCase));
  }

  boolean matches(String slug) {
    if (letters > slug.length()) {
      return false;
    }
    int at = 0;
    int star = -1;
    int resume = 0;
    int i = 0;
    while (i < slug.length()) {
      if (at < pattern.length() && pattern.charAt(at) == '*') {
        star = at++;
        resume = i;
      } else if (at < pattern.length()
          && pattern.charAt(at) == Character.toLowerCase(slug.charAt(i))) {
        at++;
        i++;
      } else if (star >= 0) {
        at = star + 1;
        i = ++resume;
      } else {
        return false;
      }
    }
    return at == pattern.length() || at == pattern.length() - 1 && pattern.charAt(at) == '*';
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob that && pattern.equals(that.pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  /// Returns it as it was written.
  @Override
  public String toString() {
    return written;
  }
}
