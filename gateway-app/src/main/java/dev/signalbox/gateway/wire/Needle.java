package dev.signalbox.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What is looked for in bytes.
///
/// @param bytes at least one
public record Needle(byte[] bytes) {
  public Needle {
    if (bytes.length == 0) {
      throw new IllegalArgumentException("needle: empty (expected: a byte or more)");
    }
  }

  /// @param text of ASCII
  public static Needle of(String text) {
    return new Needle(text.getBytes(StandardCharsets.US_ASCII));
  }

  public int length() {
    return bytes.length;
  }

  /// Returns the offset of its first place from `from` on that ends by `to`; -1 if there is none.
  public int find(byte[] hay, int from, int to) {
    byte first = bytes[0];
    int last = to - bytes.length;
    for (int at = from; at <= last; at++) {
      if (hay[at] == first && Arrays.equals(hay, at, at + bytes.length, bytes, 0, bytes.length)) {
        return at;
      }
    }
    return -1;
  }

  public boolean isIn(Members.Span span, byte[] hay) {
    return find(hay, span.from(), span.to()) >= 0;
  }

  public boolean isIn(Document document) {
    return find(document.bytes(), 0, document.length()) >= 0;
  }
}
