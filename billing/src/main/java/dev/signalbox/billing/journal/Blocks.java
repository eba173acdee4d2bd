package dev.signalbox.billing.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Makes whole blocks, at places of whole blocks in memory that begins where one does, of what is
/// written to a file from its beginning to its end: what a disk takes past the system's cache. The
/// last block is written again with what comes behind it, and until then ends in zeros.
final class Blocks {
  static final int BYTES = 4096;

  private static final int USUAL_BYTES = 1 << 16;
  private static final byte[] ZEROS = new byte[BYTES];

  private final Sink sink;

  /// Begins with the block that the end is in.
  private ByteBuffer buffer = blocks(USUAL_BYTES);

  private int end;

  /// Where blocks go.
  interface Sink {
    void write(ByteBuffer from, int at) throws IOException;
  }

  Blocks(Sink sink) {
    this.sink = sink;
  }

  /// @param at where the last write ended
  void write(ByteBuffer from, int at) throws IOException {
    if (at != end) {
      throw new IllegalArgumentException("at: %d (expected: %d)".formatted(at, end));
    }
    int begun = at % BYTES;
    int written = at + from.remaining();
    int whole = (begun + from.remaining() + BYTES - 1) / BYTES * BYTES;
    if (whole > buffer.capacity()) {
      buffer = blocks(whole).put(0, buffer, 0, begun);
    }
    buffer.clear().position(begun).put(from);
    buffer.put(ZEROS, 0, whole - buffer.position()).flip();
    sink.write(buffer, at - begun);
    end = written;
    buffer.put(0, buffer, whole - BYTES, end % BYTES);
  }

  private static ByteBuffer blocks(int bytes) {
    return ByteBuffer.allocateDirect(bytes + BYTES).alignedSlice(BYTES);
  }
}
