package dev.signalbox.gateway.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Searches the texts of JSON documents, eight bytes at a time.
final class TextSearch {
  /*
   * For a byte x, (x - 1) & ~x has its high bit set if x was 0, and (x - 0x20) & ~x if x was below
   * 0x20. What is borrowed from a byte that was hit can only fool the bytes above it: the lowest hit
   * is true, and no hit is true of all eight.
   */
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = ONES << 7;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  /// Looked through at once: long enough for the vector instructions that the compiler makes of it.
  private static final int BLOCK_BYTES = 1024;

  /// Looked through word by word before any block is: many texts end here.
  private static final int FIRST_BYTES = 256;

  private TextSearch() {}

  /// Returns the offset of the next quote, backslash or control character, or `stop`.
  static int special(byte[] b, int i, int stop) {
    for (; i <= stop - Long.BYTES; i += Long.BYTES) {
      long word = (long) WORDS.get(b, i);
      long quotes = word ^ QUOTES;
      long backslashes = word ^ BACKSLASHES;
      long hits =
          (((quotes - ONES) & ~quotes)
                  | ((backslashes - ONES) & ~backslashes)
                  | ((word - SPACES) & ~word))
              & HIGHS;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (i < stop && b[i] != '"' && b[i] != '\\' && (b[i] < 0 || b[i] >= 0x20)) {
      i++;
    }
    return i;
  }

  /// Finds where a long text ends, at a fraction of what it costs to check each escape in it.
  ///
  /// Any reader of JSON finds the same end: the first quote behind an even number of backslashes.
  /// What stands behind a backslash is for those to judge who read the text.
  ///
  /// Returns the offset of the closing quote, `stop` if there is none before it, or -1 if the text
  /// has a control character, which must not stand in it as it is.
  ///
  /// @param from an offset in the text, not behind a backslash that escapes what stands there
  static int closing(byte[] b, int from, int stop) {
    int i = from;
    int to = Math.min(stop, from + FIRST_BYTES);
    while (true) {
      int close = closing(b, from, i, to);
      if (hasControl(b, i, close)) {
        return -1;
      }
      if (close < to || to == stop) {
        return close;
      }
      i = to;
      while (i <= stop - BLOCK_BYTES && !isRemarkable(b, i)) {
        i += BLOCK_BYTES;
      }
      to = Math.min(stop, i + BLOCK_BYTES);
    }
  }

  /// Looks from `i` on; `from` is where the text's backslashes can begin.
  private static int closing(byte[] b, int from, int i, int stop) {
    while (true) {
      i = quote(b, i, stop);
      if (i >= stop) {
        return stop;
      }
      int backslashes = i;
      while (backslashes > from && b[backslashes - 1] == '\\') {
        backslashes--;
      }
      if (((i - backslashes) & 1) == 0) {
        return i;
      }
      i++;
    }
  }

  /// Says whether a block has a control character, or a quote that is not behind exactly one
  /// backslash: nearly every quote in a text is. It has no branches, and so no need to know where
  /// they stand.
  private static boolean isRemarkable(byte[] b, int from) {
    long hits = 0;
    for (int i = from; i < from + BLOCK_BYTES; i += Long.BYTES) {
      long word = (long) WORDS.get(b, i);
      long quotes = word ^ QUOTES;
      long before = (long) WORDS.get(b, i - 1) ^ BACKSLASHES;
      long twoBefore = (long) WORDS.get(b, i - 2) ^ BACKSLASHES;
      // True of all eight bytes; where the others say yes too often, the block is only read again.
      long noneBefore = ((before & ~HIGHS) + ~HIGHS) | before;
      hits |=
          ((quotes - ONES) & ~quotes & (noneBefore | ((twoBefore - ONES) & ~twoBefore)))
              | ((word - SPACES) & ~word);
    }
    return (hits & HIGHS) != 0;
  }

  private static int quote(byte[] b, int from, int stop) {
    int i = from;
    for (; i <= stop - Long.BYTES; i += Long.BYTES) {
      long quotes = (long) WORDS.get(b, i) ^ QUOTES;
      long hits = (quotes - ONES) & ~quotes & HIGHS;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (i < stop && b[i] != '"') {
      i++;
    }
    return i;
  }

  private static boolean hasControl(byte[] b, int from, int to) {
    long hits = 0;
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) WORDS.get(b, i);
      hits |= (word - SPACES) & ~word;
    }
    for (; i < to; i++) {
      hits |= (b[i] - ' ') & ~b[i];
    }
    return (hits & HIGHS) != 0;
  }
}
