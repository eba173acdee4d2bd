package dev.signalbox.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Cuts a byte stream into server-sent events, however the network chunked it, and hands out the
/// data of each. Lines may end in LF, CR or CRLF; comments and other fields are stepped over.
public final class SseFrames {
  /// A longer event is an attack or a fault; a picture comes in one.
  private static final int MAX_EVENT_BYTES = 32 * 1024 * 1024;

  private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EVENT = "event:".getBytes(StandardCharsets.US_ASCII);

  private final Handler handler;
  private final ByteSink line = new ByteSink(512);
  private final ByteSink data = new ByteSink(512);
  private boolean afterCarriageReturn;
  private boolean anyData;
  private boolean firstLine = true;
  private String name = "";

  /// Takes the data of one event.
  public interface Handler {
    /// @param bytes valid from 0 to `length` during the call
    void event(byte[] bytes, int length);
  }

  /// A stream that cannot be one of events.
  public static final class OverlongException extends RuntimeException {
    OverlongException() {
      super("an event longer than " + MAX_EVENT_BYTES + " bytes", null, false, false);
    }
  }

  public SseFrames(Handler handler) {
    this.handler = handler;
  }

  /// Returns the name of the event that is being handed out; empty if it has none.
  public String name() {
    return name;
  }

  /// @throws OverlongException if a line or an event has no end in sight
  public void accept(byte[] piece, int offset, int length) {
    int from = offset;
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      byte b = piece[i];
      if (b == '\n' && afterCarriageReturn) {
        afterCarriageReturn = false;
        from = i + 1;
      } else if (b == '\n' || b == '\r') {
        append(piece, from, i - from);
        endLine();
        from = i + 1;
        afterCarriageReturn = b == '\r';
      } else {
        afterCarriageReturn = false;
      }
    }
    append(piece, from, end - from);
  }

  private void append(byte[] piece, int from, int count) {
    if (count > 0) {
      if (line.length() + count > MAX_EVENT_BYTES) {
        throw new OverlongException();
      }
      line.write(piece, from, count);
    }
  }

  private void endLine() {
    int length = line.length();
    byte[] bytes = line.array();
    int start = 0;
    if (firstLine) {
      firstLine = false;
      start = length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB ? 3 : 0;
    }
    if (length == start) {
      line.clear();
      dispatch();
      return;
    }
    if (starts(bytes, start, length, DATA)) {
      int from = valueStart(bytes, start + DATA.length, length);
      if (anyData) {
        data.write('\n');
      }
      if (data.length() + length > MAX_EVENT_BYTES) {
        throw new OverlongException();
      }
      data.write(bytes, from, length - from);
      anyData = true;
    } else if (starts(bytes, start, length, EVENT)) {
      int from = valueStart(bytes, start + EVENT.length, length);
      name = new String(bytes, from, length - from, StandardCharsets.UTF_8);
    }
    line.clear();
  }

  private static boolean starts(byte[] bytes, int start, int length, byte[] field) {
    return length >= start + field.length
        && Arrays.equals(bytes, start, start + field.length, field, 0, field.length);
  }

  private static int valueStart(byte[] bytes, int at, int length) {
    return at < length && bytes[at] == ' ' ? at + 1 : at;
  }

  private void dispatch() {
    if (anyData) {
      int length = trimmed(data.array(), data.length());
      anyData = false;
      data.clear();
      // An event whose data is empty is none (HTML, section 9.2.6).
      if (length > 0) {
        handler.event(data.array(), length);
      }
    }
    name = "";
  }

  /// White space at the end belongs to no JSON, nor to `[DONE]`.
  private static int trimmed(byte[] bytes, int length) {
    int end = length;
    while (end > 0 && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '\n')) {
      end--;
    }
    return end;
  }

  /// Hands out what a stream left behind that ended without its last blank line.
  public void end() {
    if (!line.isEmpty()) {
      endLine();
    }
    dispatch();
  }
}
