package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.ByteSink;
import org.jspecify.annotations.Nullable;

/// An answer that came whole, as one JSON object, though a stream was asked for: an error with a
/// good status, or the words of a provider that knows no streams. Not thread-safe.
public final class Unstreamed {
  private static final int MAX_BYTES = 32 * 1024 * 1024;

  private @Nullable ByteSink body;
  private boolean known;

  /// Takes a piece, if the answer is such a one.
  ///
  /// @return false if it is a stream, or nothing is known yet
  public boolean takes(byte[] piece, int offset, int length) {
    for (int i = offset; i < offset + length && !known; i++) {
      if (!isBlank(piece[i])) {
        known = true;
        // No event's line begins so.
        body = piece[i] == '{' ? new ByteSink(length) : null;
      }
    }
    ByteSink taking = body;
    if (taking != null) {
      taking.write(piece, offset, length);
    }
    return taking != null;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /// Returns whether there is one.
  public boolean isThere() {
    return body != null;
  }

  public boolean isTooLong() {
    return body != null && body.length() > MAX_BYTES;
  }

  /// Returns all that came.
  public byte[] whole() {
    return body == null ? new byte[0] : body.drain();
  }
}
