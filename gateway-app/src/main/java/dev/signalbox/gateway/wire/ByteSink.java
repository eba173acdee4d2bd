package dev.signalbox.gateway.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing array of bytes that is written at its end and emptied whole.
public final class ByteSink {
  private byte[] bytes;
  private int length;

  public ByteSink(int capacity) {
    bytes = new byte[capacity];
  }

  public void write(byte[] source, int offset, int count) {
    ensure(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  public void write(byte[] source) {
    write(source, 0, source.length);
  }

  public void write(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
  }

  /// Appends text as UTF-8.
  public void write(String text) {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  private void ensure(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
    }
  }

  public void clear() {
    length = 0;
  }

  /// Takes back what was written last.
  ///
  /// @param shorter what remains
  public void truncate(int shorter) {
    length = Math.min(length, shorter);
  }

  public int length() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /// The bytes, valid up to [#length]; not to be kept.
  public byte[] array() {
    return bytes;
  }

  /// Returns a copy of the bytes and empties the sink.
  public byte[] drain() {
    byte[] copy = Arrays.copyOf(bytes, length);
    length = 0;
    return copy;
  }
}
