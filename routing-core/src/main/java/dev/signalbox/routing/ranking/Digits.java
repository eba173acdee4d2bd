package dev.signalbox.routing.ranking;

import java.util.Arrays;

/// Sorts numbers by their digits.
final class Digits {
  /*
   * Chance puts most plans in order, and of a comparison that chance decides the processor guesses
   * the outcome wrong half of the time. Counting digits compares nothing. It begins at the lowest
   * digit and keeps equals in their order; digits that all numbers have in common are passed over.
   */
  private static final int BITS = 8;
  private static final int MASK = (1 << BITS) - 1;

  /// Of fewer numbers, counting costs more than it saves.
  private static final int FEW = 48;

  private Digits() {}

  /// Returns non-negative numbers in ascending order, for which their last bits do not count.
  ///
  /// @param numbers in ascending order of their last bits; used up
  /// @param lastBits how many do not count
  static long[] sorted(long[] numbers, int lastBits) {
    if (numbers.length < FEW) {
      Arrays.sort(numbers);
      return numbers;
    }
    long some = 0;
    long all = -1;
    for (long number : numbers) {
      some |= number;
      all &= number;
    }
    long different = some & ~all;
    long[] from = numbers;
    long[] to = new long[numbers.length];
    var starts = new int[MASK + 2];
    for (int shift = lastBits; shift < Long.SIZE; shift += BITS) {
      if ((different >>> shift & MASK) != 0) {
        deal(from, to, shift, starts);
        long[] swapped = from;
        from = to;
        to = swapped;
      }
    }
    return from;
  }

  private static void deal(long[] from, long[] to, int shift, int[] starts) {
    Arrays.fill(starts, 0);
    for (long number : from) {
      starts[(int) (number >>> shift & MASK) + 1]++;
    }
    for (int digit = 1; digit <= MASK; digit++) {
      starts[digit] += starts[digit - 1];
    }
    for (long number : from) {
      to[starts[(int) (number >>> shift & MASK)]++] = number;
    }
  }
}
