package dev.signalbox.gateway.plugin;

import dev.signalbox.gateway.wire.JsonText;
import java.util.Optional;

/// Reads one JSON value as models write it when they write it badly, and writes it well.
///
/// Forgiven are trailing and missing commas, unquoted and single-quoted names, single and curly
/// quotes, comments, line breaks in texts, Python's words for true, false and null, and brackets
/// that are missing at the end. What was cut off inside a value is not made up.
final class LenientJson {
  private static final int MAX_DEPTH = 128;

  private final String text;
  private final StringBuilder out = new StringBuilder();
  private int at;

  private LenientJson(String text, int from) {
    this.text = text;
    this.at = from;
  }

  private static final class Hopeless extends RuntimeException {
    Hopeless() {
      super(null, null, false, false);
    }
  }

  /// Returns the object or array that begins at an offset, mended; empty if it cannot be.
  static Optional<String> value(String text, int from) {
    var reading = new LenientJson(text, from);
    try {
      reading.value(0);
      return Optional.of(reading.out.toString());
    } catch (Hopeless _) {
      return Optional.empty();
    }
  }

  private void value(int depth) {
    if (depth > MAX_DEPTH) {
      throw new Hopeless();
    }
    blank();
    if (at >= text.length()) {
      throw new Hopeless();
    }
    char c = text.charAt(at);
    switch (c) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      default -> {
        if (closing(c) != 0) {
          string(closing(c));
        } else {
          word();
        }
      }
    }
  }

  private void object(int depth) {
    at++;
    out.append('{');
    boolean first = true;
    while (true) {
      separators();
      if (at >= text.length() || text.charAt(at) == '}') {
        at++;
        out.append('}');
        return;
      }
      // An array's end inside an object: the object's own was forgotten.
      if (text.charAt(at) == ']') {
        out.append('}');
        return;
      }
      if (!first) {
        out.append(',');
      }
      first = false;
      name();
      blank();
      if (at >= text.length() || text.charAt(at) != ':') {
        throw new Hopeless();
      }
      at++;
      out.append(':');
      value(depth + 1);
    }
  }

  private void array(int depth) {
    at++;
    out.append('[');
    boolean first = true;
    while (true) {
      separators();
      if (at >= text.length() || text.charAt(at) == ']') {
        at++;
        out.append(']');
        return;
      }
      if (text.charAt(at) == '}') {
        out.append(']');
        return;
      }
      if (!first) {
        out.append(',');
      }
      first = false;
      value(depth + 1);
    }
  }

  private void name() {
    char closing = closing(text.charAt(at));
    if (closing != 0) {
      string(closing);
      return;
    }
    int from = at;
    while (at < text.length() && isOfName(text.charAt(at))) {
      at++;
    }
    if (at == from) {
      throw new Hopeless();
    }
    out.append(JsonText.quote(text.substring(from, at)));
  }

  private static boolean isOfName(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '$' || c == '.';
  }

  /// Returns the quote that ends a text begun by this one; 0 if this is none.
  private static char closing(char c) {
    return switch (c) {
      case '"', '\'', '`' -> c;
      case '“', '„' -> '”';
      case '‘' -> '’';
      default -> 0;
    };
  }

  private void string(char closing) {
    at++;
    var read = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '\\') {
        escape(read);
      } else if (c == closing || (closing == '”' && c == '"')) {
        out.append(JsonText.quote(read.toString()));
        return;
      } else {
        read.append(c);
      }
    }
    throw new Hopeless();
  }

  private void escape(StringBuilder read) {
    if (at >= text.length()) {
      throw new Hopeless();
    }
    char c = text.charAt(at++);
    switch (c) {
      case 'n' -> read.append('\n');
      case 't' -> read.append('\t');
      case 'r' -> read.append('\r');
      case 'b' -> read.append('\b');
      case 'f' -> read.append('\f');
      case 'u' -> {
        if (at + 4 > text.length()) {
          throw new Hopeless();
        }
        try {
          read.append((char) Integer.parseInt(text, at, at + 4, 16));
        } catch (NumberFormatException _) {
          throw new Hopeless();
        }
        at += 4;
      }
      default -> read.append(c);
    }
  }

  private void word() {
    int from = at;
    while (at < text.length() && (isOfName(text.charAt(at)) || text.charAt(at) == '+')) {
      at++;
    }
    String word = text.substring(from, at);
    String known =
        switch (word) {
          case "true", "True", "TRUE" -> "true";
          case "false", "False", "FALSE" -> "false";
          case "null", "None", "NULL", "undefined", "NaN" -> "null";
          default -> word.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?") ? word : "";
        };
    // A number at the very end may have lost its last digits.
    if (known.isEmpty() || (at >= text.length() && Character.isDigit(known.charAt(0)))) {
      throw new Hopeless();
    }
    out.append(known);
  }

  private void separators() {
    blank();
    while (at < text.length() && text.charAt(at) == ',') {
      at++;
      blank();
    }
  }

  private void blank() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c) || c == '\u00a0' || c == '\ufeff') {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        at = end < 0 ? text.length() : end + 2;
      } else {
        return;
      }
    }
  }
}
