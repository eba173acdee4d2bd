package dev.signalbox.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Strings of JSON, in and out of their quotes.
public final class JsonText {
  private JsonText() {}

  /// Returns the text of a JSON string whose bounds are known.
  ///
  /// @param span quotes included
  /// @throws MalformedJsonException if an escape is none
  public static String decode(byte[] bytes, Members.Span span) {
    int from = span.from() + 1;
    int to = span.to() - 1;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\\') {
        try {
          return unescape(new String(bytes, from, to - from, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
          throw new MalformedJsonException("bad escape", i);
        }
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  private static String unescape(String text) {
    var plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      char escaped = text.charAt(++i);
      switch (escaped) {
        case 'b' -> plain.append('\b');
        case 'f' -> plain.append('\f');
        case 'n' -> plain.append('\n');
        case 'r' -> plain.append('\r');
        case 't' -> plain.append('\t');
        case 'u' -> {
          plain.append((char) HexFormat.fromHexDigits(text, i + 1, i + 5));
          i += 4;
        }
        case '"', '\\', '/' -> plain.append(escaped);
        default -> throw new IllegalArgumentException();
      }
    }
    return plain.toString();
  }

  /// Returns a text as a JSON string, in quotes.
  public static String quote(String text) {
    var json = new StringBuilder(text.length() + 8).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < 0x20) {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }
}
