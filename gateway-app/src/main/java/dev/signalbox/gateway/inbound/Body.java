package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.wire.ArrayPool;
import dev.signalbox.gateway.wire.Document;
import io.netty.buffer.ByteBuf;

/// A request's body as it comes in. Memory is taken as bytes arrive, not as a header announces
/// them.
final class Body {
  private static final int FIRST_BYTES = 8 * 1024;

  /// How much more than has come is taken if more is announced: so a body is copied once.
  private static final int AHEAD = 16;

  private static final int AHEAD_UNTOLD = 2;

  private static final byte[] NOTHING = {};

  private final ArrayPool arrays;
  private final int expected;
  private final int most;
  private final int ahead;
  private byte[] bytes = NOTHING;
  private int length;

  /// @param announced the length that the head tells, or -1
  /// @param most bytes that are taken
  Body(long announced, int most, ArrayPool arrays) {
    this.expected = announced < 0 || announced > most ? most : (int) announced;
    this.most = most;
    this.ahead = announced < 0 ? AHEAD_UNTOLD : AHEAD;
    this.arrays = arrays;
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
    long wanted = Math.max(FIRST_BYTES, (long) needed * ahead);
    byte[] longer = arrays.take(Math.max(needed, (int) Math.min(wanted, expected)));
    System.arraycopy(bytes, 0, longer, 0, length);
    arrays.give(bytes);
    bytes = longer;
  }

  /// Returns the body, which nobody adds to any more.
  Document document() {
    return Document.lent(bytes, length, arrays);
  }

  /// Gives up what has come.
  void drop() {
    arrays.give(bytes);
    bytes = NOTHING;
    length = 0;
  }
}
