package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.Members.Span;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/// What tells conversations apart that have no name: how they open.
public final class Opening {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME = 0x9E3779B185EBCA87L;

  /// Of a long text, its ends and its length tell enough.
  private static final int END_BYTES = 1024;

  private Opening() {}

  /// @param system what is said before the first turn
  /// @param first turn
  public static long hash(byte[] body, Optional<Span> system, Span first) {
    long hash = 0xcbf29ce484222325L;
    for (Optional<Span> span : List.of(system, Optional.of(first))) {
      if (span.isPresent()) {
        hash = hash(hash, body, span.get());
      }
    }
    return hash;
  }

  private static long hash(long seed, byte[] body, Span span) {
    long hash = seed ^ span.length();
    if (span.length() > 2 * END_BYTES) {
      hash = hash(hash, body, span.from(), span.from() + END_BYTES);
      return hash(hash, body, span.to() - END_BYTES, span.to());
    }
    return hash(hash, body, span.from(), span.to());
  }

  private static long hash(long seed, byte[] body, int from, int to) {
    long hash = seed;
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      hash = Long.rotateLeft((hash ^ (long) WORDS.get(body, at)) * PRIME, 29);
    }
    for (; at < to; at++) {
      hash = (hash ^ body[at]) * 0x100000001b3L;
    }
    return hash ^ hash >>> 32;
  }
}
