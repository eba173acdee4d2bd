package dev.signalbox.gateway.wire;

import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/// Long arrays, used again. A fresh one of a megabyte is cleared before it is filled, and carried
/// about by the collector while its request lasts: with many at once, that costs more than all that
/// is done with what is in them.
///
/// No array is missed: one that does not come back is the collector's.
public final class ArrayPool {
  /// Shorter ones are not worth it.
  static final int LEAST_BYTES = 32 * 1024;

  private static final int MOST_BYTES = 1 << 30;

  /// Sizes between one power of two and the next: an array is at most an eighth too long.
  private static final int STEPS = 8;

  private final Map<Integer, Deque<byte[]>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final long mostWaitingBytes;

  /// @param mostWaitingBytes of arrays that wait to be used again
  public ArrayPool(long mostWaitingBytes) {
    this.mostWaitingBytes = mostWaitingBytes;
  }

  /// Returns an array that is as long or longer, with anything in it.
  public byte[] take(int length) {
    if (length < LEAST_BYTES || length > MOST_BYTES) {
      return new byte[length];
    }
    int size = size(length);
    byte[] used = sized(size).pollFirst();
    if (used == null) {
      return new byte[size];
    }
    waitingBytes.addAndGet(-size);
    return used;
  }

  /// Takes an array that nobody reads or writes any more.
  public void give(byte[] array) {
    int size = array.length;
    if (size < LEAST_BYTES || size > MOST_BYTES || size(size) != size) {
      return;
    }
    assert overwritten(array);
    if (waitingBytes.addAndGet(size) > mostWaitingBytes) {
      waitingBytes.addAndGet(-size);
    } else {
      sized(size).addFirst(array);
    }
  }

  /// Shows whoever reads an array that was given back, where assertions are on, as in tests.
  private static boolean overwritten(byte[] array) {
    Arrays.fill(array, (byte) '#');
    return true;
  }

  private Deque<byte[]> sized(int size) {
    return waiting.computeIfAbsent(size, _ -> new ConcurrentLinkedDeque<>());
  }

  private static int size(int length) {
    int step = Integer.highestOneBit(length) / STEPS;
    return Math.ceilDiv(length, step) * step;
  }
}
