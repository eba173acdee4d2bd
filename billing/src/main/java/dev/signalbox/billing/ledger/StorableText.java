package dev.signalbox.billing.ledger;

/// Text as PostgreSQL takes it: what callers and providers send may hold what it refuses, and one
/// such text would keep a record, and all behind it, out of the database.
final class StorableText {
  private static final char REPLACEMENT = '\uFFFD';

  private StorableText() {}

  /// Returns the text with a replacement character for each NUL and each half of a surrogate pair
  /// that stands alone.
  static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isRefused(text, i)) {
        return replaced(text, i);
      }
    }
    return text;
  }

  private static String replaced(String text, int from) {
    var storable = new StringBuilder(text);
    for (int i = from; i < text.length(); i++) {
      if (isRefused(text, i)) {
        storable.setCharAt(i, REPLACEMENT);
      }
    }
    return storable.toString();
  }

  private static boolean isRefused(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
    }
    return c == 0;
  }
}
