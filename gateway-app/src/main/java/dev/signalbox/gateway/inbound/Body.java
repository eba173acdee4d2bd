package dev.signalbox.gateway.inbound;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// A request's body as it comes in. Memory is taken as bytes arrive, not as a header announces
/// them.
final class Body {
  private static final int FIRST_BYTES = 8 * 1024;

  /// How much more than has come is taken if more is announced: so a body is copied once.
  private static final int AHEAD = 16;

  private static final byte[] NOTHING = {};

  private final int expected;
  private final int most;
  private byte[] bytes = NOTHING;
  private int length;

  /// @param announced the length that the head tells, or -1
  /// @param most bytes that are taken
  Body(long announced, int most) {
    this.expected = announced < 0 || announced > most ? most : (int) announced;
    this.most = most;
  }

  /// Returns false once the body is longer than it may be.
  boolean add(ByteBuf piece) {
    int more = piece.readableBytes();
    if (more > most - length) {
      return false;
    }
    if (more > bytes.length - length) {
      grow(length + more);
    }
    piece.readBytes(bytes, length, more);
    length += more;
    return true;
  }

  private void grow(int needed) {
    long ahead = Math.max(FIRST_BYTES, (long) needed * AHEAD);
    bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(ahead, expected)));
  }

  /// Returns the body, which nobody adds to any more.
  byte[] bytes() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }
}
