package dev.signalbox.gateway.cache;

import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.Needle;
import java.nio.charset.StandardCharsets;

/// An answer made ready to be given again: with a new id and time, no usage, and no word of how it
/// was once routed.
public final class Replay {
  /*
   * All that changes are members whose names cannot stand unescaped inside a text of the answer:
   * `"usage":{` between a text's quotes would be `\"usage\":{`. So bytes are searched, for every
   * surface alike, and no answer is parsed.
   */
  private static final Needle USAGE = Needle.of("\"usage\":{");
  private static final Needle METADATA = Needle.of(",\"openrouter_metadata\":{");
  private static final Needle COMPLETED = Needle.of("event: response.completed");

  private Replay() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// Returns whether all of an answer is there, and it is no error.
  public static boolean isWhole(Surface surface, boolean stream, byte[] body) {
    if (!stream) {
      return body.length > 0 && body[0] == '{';
    }
    String end =
        new String(
            body,
            Math.max(0, body.length - 4_096),
            Math.min(body.length, 4_096),
            StandardCharsets.UTF_8);
    return switch (surface.key()) {
      case "messages" -> end.contains("event: message_stop");
      case "responses" -> find(body, COMPLETED, 0) >= 0;
      default -> end.endsWith("data: [DONE]\n\n");
    };
  }

  public static byte[] of(CachedAnswer cached, String id, long created) {
    byte[] bytes = cached.body();
    bytes = replaced(bytes, Needle.of(cached.id()), ascii(id));
    long before = cached.createdAt().getEpochSecond();
    for (String name : new String[] {"created", "created_at"}) {
      bytes =
          replaced(
              bytes,
              Needle.of("\"%s\":%d".formatted(name, before)),
              ascii("\"%s\":%d".formatted(name, created)));
    }
    return withoutMetadata(withoutUsage(bytes));
  }

  private static byte[] replaced(byte[] bytes, Needle from, byte[] to) {
    int at = find(bytes, from, 0);
    if (at < 0) {
      return bytes;
    }
    var out = new ByteSink(bytes.length + 64);
    int copied = 0;
    while (at >= 0) {
      out.write(bytes, copied, at - copied);
      out.write(to);
      copied = at + from.length();
      at = find(bytes, from, copied);
    }
    out.write(bytes, copied, bytes.length - copied);
    return out.drain();
  }

  private static int find(byte[] bytes, Needle what, int from) {
    return what.find(bytes, from, bytes.length);
  }

  /// Every number of every usage becomes 0.
  private static byte[] withoutUsage(byte[] bytes) {
    var out = new ByteSink(bytes.length);
    int copied = 0;
    for (int at = find(bytes, USAGE, 0); at >= 0; at = find(bytes, USAGE, copied)) {
      int open = at + USAGE.length() - 1;
      int end = end(bytes, open);
      out.write(bytes, copied, open - copied);
      zeroed(bytes, open, end, out);
      copied = end;
    }
    out.write(bytes, copied, bytes.length - copied);
    return out.drain();
  }

  private static void zeroed(byte[] bytes, int from, int to, ByteSink out) {
    boolean inText = false;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == '"') {
        inText = !inText;
      }
      if (!inText && (b == '-' || (b >= '0' && b <= '9'))) {
        out.write('0');
        while (i + 1 < to && isOfNumber(bytes[i + 1])) {
          i++;
        }
      } else {
        out.write(b);
      }
    }
  }

  private static boolean isOfNumber(byte b) {
    return (b >= '0' && b <= '9') || b == '.' || b == 'e' || b == 'E' || b == '+' || b == '-';
  }

  private static byte[] withoutMetadata(byte[] bytes) {
    int at = find(bytes, METADATA, 0);
    if (at < 0) {
      return bytes;
    }
    int end = end(bytes, at + METADATA.length() - 1);
    var out = new ByteSink(bytes.length);
    out.write(bytes, 0, at);
    out.write(bytes, end, bytes.length - end);
    return out.drain();
  }

  /// Returns the offset after the object that opens at `open`.
  private static int end(byte[] bytes, int open) {
    int depth = 0;
    boolean inText = false;
    for (int i = open; i < bytes.length; i++) {
      byte b = bytes[i];
      if (inText) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          inText = false;
        }
      } else if (b == '"') {
        inText = true;
      } else if (b == '{') {
        depth++;
      } else if (b == '}' && --depth == 0) {
        return i + 1;
      }
    }
    return bytes.length;
  }
}
