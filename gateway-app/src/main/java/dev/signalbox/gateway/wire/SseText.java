package dev.signalbox.gateway.wire;

import java.nio.charset.StandardCharsets;

/// Server-sent events, written.
public final class SseText {
  private static final byte[] EVENT = "event: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);

  private SseText() {}

  /// Appends an event.
  ///
  /// @param name left out if empty
  /// @param data one JSON document; what came in several lines is written in one, for only white
  ///   space of a document can hold a line's end
  public static void event(String name, byte[] data, ByteSink out) {
    if (!name.isEmpty()) {
      out.write(EVENT);
      out.write(name);
      out.write('\n');
    }
    out.write(DATA);
    int from = 0;
    for (int i = 0; i < data.length; i++) {
      if (data[i] == '\n' || data[i] == '\r') {
        out.write(data, from, i - from);
        out.write(' ');
        from = i + 1;
      }
    }
    out.write(data, from, data.length - from);
    out.write("\n\n");
  }
}
