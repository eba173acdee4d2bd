package dev.signalbox.billing.journal;

import dev.signalbox.billing.journal.Journal.Entry;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records that wait, oldest first, and the segments they lie in.
final class Backlog {
  /*
   * The oldest are in memory, as many as there is room for: what is drained soon is never read from
   * the disk. Where more wait, `beyond` is the place of the first that is not in memory; whoever asks
   * for the oldest reads on from there.
   *
   * `reading` is held while the disk is read, so that it is read by one after the other, and taken
   * first; `state` guards the fields, and is never held while the disk is waited for.
   */
  private static final long MEMORY_BYTES = 2 << 20;

  private final Object reading = new Object();
  private final Object state = new Object();
  private final TreeMap<Long, Segment> segments = new TreeMap<>();
  private final ArrayDeque<Frame> memory = new ArrayDeque<>();

  /// Sequences of records that wait no more, though they are still there to be read.
  private final Set<Long> takenBack = new HashSet<>();

  private final int segmentBytes;
  private long memoryBytes;
  private @Nullable Place beyond;
  private long dropped;
  private long inherited;

  private volatile long depth;
  private volatile long oldestMillis;
  private volatile long usedBytes;

  private record Place(Segment segment, int start) {}

  /// @param dropped the last sequence that the database has
  Backlog(int segmentBytes, long dropped) {
    this.segmentBytes = segmentBytes;
    this.dropped = dropped;
    this.inherited = dropped;
  }

  /// Takes over a segment of an earlier opening, behind those it has.
  void inherit(Segment segment, List<Frame> frames) {
    synchronized (state) {
      for (Frame frame : frames) {
        if (frame.isTakingBack()) {
          takeBack(frame.takesBack());
        } else if (frame.sequence() > dropped) {
          if (depth++ == 0) {
            oldestMillis = frame.at();
            beyond = new Place(segment, frame.start());
          }
          inherited = frame.sequence();
        }
      }
    }
    begin(segment);
  }

  /// Puts an empty segment behind the others.
  void begin(Segment segment) {
    synchronized (state) {
      segments.put(segment.base, segment);
      used();
    }
  }

  private void used() {
    usedBytes = (segments.size() - 1L) * segmentBytes + segments.lastEntry().getValue().end();
  }

  /// Adds what has been written behind a segment's end.
  void add(Segment segment, List<Frame> frames) {
    synchronized (state) {
      if (depth == 0) {
        oldestMillis = frames.getFirst().at();
      }
      segment.grow(frames.getLast().end(), frames.size());
      used();
      for (Frame frame : frames) {
        if (frame.isTakingBack()) {
          takeBack(frame.takesBack());
          continue;
        }
        depth++;
        if (beyond == null && memoryBytes + frame.bytes() <= MEMORY_BYTES) {
          keep(frame);
        } else if (beyond == null) {
          beyond = new Place(segment, frame.start());
        }
      }
    }
  }

  private void keep(Frame frame) {
    if (!frame.isTakingBack() && !takenBack.contains(frame.sequence())) {
      memory.add(frame);
      memoryBytes += frame.bytes();
    }
  }

  private void takeBack(long sequence) {
    if (sequence > dropped && takenBack.add(sequence)) {
      depth--;
      if (memory.removeIf(frame -> frame.sequence() == sequence)) {
        memoryBytes = memory.stream().mapToLong(Frame::bytes).sum();
      }
    }
  }

  List<Entry> oldest(int count) throws IOException {
    synchronized (reading) {
      for (Place from = missing(); from != null; from = missing()) {
        List<Frame> frames = from.segment().frames(from.start(), count);
        synchronized (state) {
          frames.forEach(this::keep);
          beyond = behind(from, frames);
        }
      }
    }
    synchronized (state) {
      return memory.stream().limit(count).map(Frame::entry).toList();
    }
  }

  /// Returns from where to read on, if records wait of which memory has none.
  private @Nullable Place missing() {
    synchronized (state) {
      return memory.isEmpty() ? beyond : null;
    }
  }

  /// Returns the place behind what was read, if anything is there.
  private @Nullable Place behind(Place from, List<Frame> read) {
    Segment segment = from.segment();
    if (!read.isEmpty() && read.getLast().end() < segment.end()) {
      return new Place(segment, read.getLast().end());
    }
    var next = segments.higherEntry(segment.base);
    return next == null ? null : new Place(next.getValue(), 0);
  }

  /// Forgets every record up to a place.
  ///
  /// @return the segments of which nothing waits any more, which are its no longer
  List<Segment> drop(long through) {
    synchronized (reading) {
      synchronized (state) {
        while (!memory.isEmpty() && memory.element().sequence() <= through) {
          memoryBytes -= memory.remove().bytes();
          depth--;
        }
        if (!memory.isEmpty()) {
          oldestMillis = memory.element().at();
        }
        dropped = Math.max(dropped, through);
        takenBack.removeIf(sequence -> sequence <= dropped);
        var drained = new ArrayList<Segment>();
        for (Segment first = segments.firstEntry().getValue();
            segments.size() > 1 && first.next() - 1 <= dropped;
            first = segments.firstEntry().getValue()) {
          drained.add(first);
          segments.remove(first.base);
        }
        used();
        return drained;
      }
    }
  }

  /// Returns the records with an id.
  List<Frame> find(String id) throws IOException {
    var found = new ArrayList<Frame>();
    synchronized (reading) {
      Place from;
      synchronized (state) {
        memory.stream().filter(frame -> frame.id().equals(id)).forEach(found::add);
        from = beyond;
      }
      while (from != null) {
        List<Frame> frames = from.segment().frames(from.start(), Integer.MAX_VALUE);
        synchronized (state) {
          frames.stream()
              .filter(frame -> frame.id().equals(id) && !frame.isTakingBack())
              .filter(frame -> !takenBack.contains(frame.sequence()))
              .forEach(found::add);
          from = behind(from, frames);
        }
      }
    }
    return found;
  }

  /// From now on, what waits is of earlier runs.
  void inheritAll() {
    synchronized (state) {
      inherited = Objects.requireNonNull(segments.lastEntry()).getValue().next() - 1;
    }
  }

  boolean hasEarlier() {
    synchronized (state) {
      return depth > 0 && dropped < inherited;
    }
  }

  long depth() {
    return depth;
  }

  /// Returns when the oldest record was written, in milliseconds since 1970.
  long oldestMillis() {
    return oldestMillis;
  }

  long dropped() {
    synchronized (state) {
      return dropped;
    }
  }

  long usedBytes() {
    return usedBytes;
  }

  int segments() {
    synchronized (state) {
      return segments.size();
    }
  }

  void close() throws IOException {
    synchronized (reading) {
      for (Segment segment : segments.values()) {
        segment.close();
      }
    }
  }
}
