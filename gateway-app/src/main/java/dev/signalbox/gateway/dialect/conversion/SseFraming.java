package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.wire.ByteSink;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Cuts server-sent events into their name and data. Not thread-safe.
public final class SseFraming implements Framing {
  /*
   * A line ends with LF, CR or CRLF; an LF that follows a CR, even one of the piece before, ends
   * nothing. An empty line sends what was gathered.
   */
  private static final int MAX_FRAME_BYTES = 32 * 1024 * 1024;

  private final ByteSink line = new ByteSink(512);
  private final ByteSink data = new ByteSink(512);
  private String name = "";
  private boolean anyData;
  private boolean afterReturn;

  @Override
  public boolean accept(byte[] piece, int offset, int length, Frames frames) {
    int start = offset;
    int end = offset + length;
    for (int at = offset; at < end; at++) {
      byte here = piece[at];
      if (here == '\n' && afterReturn) {
        afterReturn = false;
        start = at + 1;
      } else if (here == '\n' || here == '\r') {
        line.write(piece, start, at - start);
        start = at + 1;
        afterReturn = here == '\r';
        if (endLine(frames)) {
          return true;
        }
      } else {
        afterReturn = false;
      }
    }
    line.write(piece, start, end - start);
    if (line.length() + data.length() > MAX_FRAME_BYTES) {
      throw new UnreadableException("The provider sent an event that is too long.");
    }
    return false;
  }

  @Override
  public void end(Frames frames) {
    if (!line.isEmpty()) {
      endLine(frames);
    }
    send(frames);
  }

  private boolean endLine(Frames frames) {
    byte[] bytes = line.drain();
    if (bytes.length == 0) {
      return send(frames);
    }
    if (startsWith(bytes, "data:")) {
      if (anyData) {
        data.write('\n');
      }
      anyData = true;
      int from = valueStart(bytes, 5);
      data.write(bytes, from, bytes.length - from);
    } else if (startsWith(bytes, "event:")) {
      int from = valueStart(bytes, 6);
      name = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
    return false;
  }

  private boolean send(Frames frames) {
    String sentName = name;
    name = "";
    if (!anyData) {
      return false;
    }
    anyData = false;
    return frames.frame(sentName, data.drain());
  }

  private static int valueStart(byte[] bytes, int at) {
    return at < bytes.length && bytes[at] == ' ' ? at + 1 : at;
  }

  private static boolean startsWith(byte[] bytes, String prefix) {
    byte[] wanted = prefix.getBytes(StandardCharsets.US_ASCII);
    return bytes.length >= wanted.length
        && Arrays.equals(bytes, 0, wanted.length, wanted, 0, wanted.length);
  }
}
