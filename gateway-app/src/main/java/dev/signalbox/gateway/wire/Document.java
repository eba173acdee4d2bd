package dev.signalbox.gateway.wire;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/// A document's bytes: the first of an array, which may be longer.
///
/// A long document's array is lent. It serves another when the last who holds it lets go, and must
/// not be read after that. Whoever made the document holds it; who reads it at a time of his own (a
/// connection that sends it, another thread) holds it too. Who forgets to let go costs one array.
public final class Document {
  private static final AtomicIntegerFieldUpdater<Document> HOLDERS =
      AtomicIntegerFieldUpdater.newUpdater(Document.class, "holders");

  private final byte[] bytes;
  private final int length;
  private final @Nullable ArrayPool lender;
  private volatile int holders = 1;

  private Document(byte[] bytes, int length, @Nullable ArrayPool lender) {
    this.bytes = bytes;
    this.length = length;
    this.lender = lender;
  }

  /// Returns a document that is nobody's to take back.
  public static Document of(byte[] bytes) {
    return new Document(bytes, bytes.length, null);
  }

  /// @param lender where the array came from
  public static Document lent(byte[] bytes, int length, ArrayPool lender) {
    return new Document(bytes, length, bytes.length < ArrayPool.LEAST_BYTES ? null : lender);
  }

  /// The document, and after it [#length] bytes whatever was in the array before.
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /// Returns whether it matters who holds it.
  public boolean isLent() {
    return lender != null;
  }

  /// Called by one who holds it, for another.
  public void hold() {
    if (lender != null && HOLDERS.getAndIncrement(this) <= 0) {
      throw new IllegalStateException("A document that all had let go");
    }
  }

  public void letGo() {
    if (lender != null && HOLDERS.decrementAndGet(this) == 0) {
      lender.give(bytes);
    }
  }
}
