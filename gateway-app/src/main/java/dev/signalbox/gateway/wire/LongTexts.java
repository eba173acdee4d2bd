package dev.signalbox.gateway.wire;

import java.util.Arrays;

/// Where the long strings of a document lie: whoever reads the document again steps over them.
final class LongTexts {
  /// Shorter ones are read again as fast as they are found here.
  private static final int LEAST_BYTES = 128;

  /// From and to by turns, in the order of the document.
  private int[] ranges = {};

  private int count;

  /// @param from the opening quote's offset
  /// @param to the offset after the closing one
  void found(int from, int to) {
    if (to - from < LEAST_BYTES) {
      return;
    }
    if (count * 2 == ranges.length) {
      ranges = Arrays.copyOf(ranges, Math.max(16, ranges.length * 2));
    }
    ranges[count * 2] = from;
    ranges[count * 2 + 1] = to;
    count++;
  }

  /// Returns which is the first that opens at an offset or after it.
  int firstFrom(int offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges[middle * 2] < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Returns where one ends if it opens at an offset, or -1.
  int end(int index, int offset) {
    return index < count && ranges[index * 2] == offset ? ranges[index * 2 + 1] : -1;
  }

  /// Returns whether one lies before an offset.
  boolean isPast(int index, int offset) {
    return index < count && ranges[index * 2] < offset;
  }
}
