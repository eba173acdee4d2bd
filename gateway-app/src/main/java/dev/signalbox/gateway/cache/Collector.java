package dev.signalbox.gateway.cache;

import dev.signalbox.gateway.wire.ByteSink;
import java.util.Arrays;

/// Collects a stream as it goes to the caller, as long as it is not too long to keep.
public final class Collector {
  private final ByteSink all = new ByteSink(4_096);
  private final int most;
  private boolean tooLong;

  public Collector(int most) {
    this.most = most;
  }

  /// @param keepAlive what only keeps a connection open, and is not collected
  public synchronized void add(byte[] piece, byte[] keepAlive) {
    tooLong |= all.length() + piece.length > most;
    if (tooLong) {
      all.clear();
    } else if (!Arrays.equals(piece, keepAlive)) {
      all.write(piece);
    }
  }

  /// Returns all; nothing if it was too long.
  public synchronized byte[] bytes() {
    return all.drain();
  }
}
