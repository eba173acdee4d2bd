package dev.signalbox.billing.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file of the journal: records with rising sequences, and behind them zeros, or what is left of
/// an earlier use. Its name tells the first sequence.
final class Segment implements Closeable {
  private static final String PREFIX = "segment-";
  private static final int READ_BYTES = 1 << 18;

  final long base;
  final Disk.File file;

  /// Behind its last record that counts.
  private volatile int end;

  /// The sequence that comes behind it.
  private volatile long next;

  Segment(long base, Disk.File file) {
    this.base = base;
    this.next = base;
    this.file = file;
  }

  static String name(long base) {
    return PREFIX + "%019d".formatted(base);
  }

  String name() {
    return name(base);
  }

  /// Returns the first sequence of the segment with that name, or -1 if it is none.
  static long base(String name) {
    String number = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : "";
    return number.matches("[0-9]{19}") ? Long.parseLong(number) : -1;
  }

  int end() {
    return end;
  }

  long next() {
    return next;
  }

  /// Puts records behind the last one, on the disk when this returns. They count once it is told
  /// that they do.
  void write(ByteBuffer frames) throws IOException {
    file.write(frames, end);
    file.sync();
  }

  void grow(int end, int count) {
    this.end = end;
    next = next + count;
  }

  /// Everything that can be read of a segment.
  ///
  /// @param missing how many records are not sound but are followed by sound ones
  /// @param isDoubtful nothing can be read of it, yet something was written
  record Content(List<Frame> frames, long missing, boolean isDoubtful) {}

  /// Reads the file from its beginning, and learns where it ends. Behind a record that is not sound
  /// the next one is looked for: a loss of power may leave the last write unfinished, a bad disk
  /// any.
  Content recover() throws IOException {
    ByteBuffer bytes = read(0, file.size());
    var frames = new ArrayList<Frame>();
    long missing = 0;
    int at = 0;
    long expected = base;
    while (true) {
      @Nullable Frame frame = Frame.read(bytes, at);
      if (frame == null || frame.sequence() != expected) {
        frame = Frame.find(bytes, at, expected);
        if (frame == null) {
          break;
        }
        missing += frame.sequence() - expected;
      }
      frames.add(frame);
      at = frame.end();
      expected = frame.sequence() + 1;
    }
    end = at;
    next = expected;
    boolean isUnused = bytes.getInt(0) == 0 || Frame.read(bytes, 0) != null;
    return new Content(frames, missing, frames.isEmpty() && !isUnused);
  }

  /// Reads records that are on the disk, and steps over damage.
  ///
  /// @param start where the first of them begins, or damage does
  /// @return none if none follows
  List<Frame> frames(int start, int count) throws IOException {
    int left = end - start;
    List<Frame> some = frames(start, count, Math.min(left, READ_BYTES));
    return some.isEmpty() && left > READ_BYTES ? frames(start, count, left) : some;
  }

  private List<Frame> frames(int start, int count, int length) throws IOException {
    ByteBuffer bytes = read(start, length);
    var frames = new ArrayList<Frame>();
    int at = 0;
    // Where a write was never finished, what shows may be a sound record of an earlier use.
    long least = base;
    while (frames.size() < count) {
      @Nullable Frame frame = Frame.read(bytes, at);
      if ((frame == null || frame.sequence() < least) && at == 0) {
        frame = Frame.find(bytes, at, least);
      }
      if (frame == null || frame.sequence() < least) {
        break;
      }
      frames.add(frame.moved(start));
      at = frame.end();
      least = frame.sequence() + 1;
    }
    return frames;
  }

  private ByteBuffer read(int start, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    file.read(bytes, start);
    return bytes.flip();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
