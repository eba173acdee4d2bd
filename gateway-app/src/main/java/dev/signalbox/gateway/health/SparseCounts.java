package dev.signalbox.gateway.health;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// The few buckets of a slot that are not empty.
record SparseCounts(short[] buckets, int[] counts) {
  static final SparseCounts NONE = new SparseCounts(new short[0], new int[0]);

  static SparseCounts of(int[] dense) {
    int filled = 0;
    for (int count : dense) {
      filled += count == 0 ? 0 : 1;
    }
    var buckets = new short[filled];
    var counts = new int[filled];
    int next = 0;
    for (int i = 0; i < dense.length; i++) {
      if (dense[i] != 0) {
        buckets[next] = (short) i;
        counts[next++] = dense[i];
      }
    }
    return new SparseCounts(buckets, counts);
  }

  SparseCounts plus(SparseCounts other) {
    if (buckets.length == 0) {
      return other;
    }
    var dense = new int[Buckets.ALL];
    addTo(dense, 1);
    other.addTo(dense, 1);
    return of(dense);
  }

  void addTo(int[] dense, int sign) {
    for (int i = 0; i < buckets.length; i++) {
      dense[buckets[i]] += sign * counts[i];
    }
  }

  byte[] encoded() {
    var out = new ByteArrayOutputStream(3 * buckets.length);
    int before = 0;
    for (int i = 0; i < buckets.length; i++) {
      write(buckets[i] - before, out);
      write(counts[i], out);
      before = buckets[i];
    }
    return out.toByteArray();
  }

  private static void write(int number, ByteArrayOutputStream out) {
    int rest = number;
    while (rest > 0x7F) {
      out.write(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  /// @throws IllegalArgumentException if the bytes are none that [#encoded] makes
  static SparseCounts decoded(byte[] bytes) {
    var dense = new int[Buckets.ALL];
    var position = new int[1];
    int bucket = 0;
    while (position[0] < bytes.length) {
      bucket += read(bytes, position);
      int count = read(bytes, position);
      if (bucket < 0 || bucket >= Buckets.ALL || count < 0) {
        throw new IllegalArgumentException(
            "counts: %s (expected: pairs)".formatted(Arrays.toString(bytes)));
      }
      dense[bucket] += count;
    }
    return of(dense);
  }

  private static int read(byte[] bytes, int[] position) {
    int number = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (position[0] >= bytes.length) {
        throw new IllegalArgumentException("counts: cut short (expected: whole numbers)");
      }
      byte next = bytes[position[0]++];
      number |= (next & 0x7F) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("counts: a number without end (expected: five bytes)");
  }
}
