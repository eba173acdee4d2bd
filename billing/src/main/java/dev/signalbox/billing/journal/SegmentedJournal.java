package dev.signalbox.billing.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/// A journal in files of a fixed size that are written from their beginning to their end, one sync
/// for all records that have gathered.
public final class SegmentedJournal implements Journal {
  /*
   * A failed write or sync is never tried again: the kernel may have dropped what it could not write.
   * The journal is then broken for good, and says so to everyone. A full disk is no such failure: a
   * segment has its room before the first record is written to it, so only a new segment can find the
   * disk full, and there may be room again.
   *
   * Every opening begins a segment of its own, so that nothing is ever written behind what a crash
   * left unfinished.
   */
  private static final Logger log = LoggerFactory.getLogger(SegmentedJournal.class);

  /// What a journal may hold unless told otherwise, in bytes.
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  private static final int SEGMENT_BYTES = 8 << 20;
  private static final int LEAST_SEGMENT_BYTES = 1 << 16;
  private static final int LEAST_SEGMENTS = 8;
  private static final byte[] NOTHING = {};
  private static final int MAX_ID_BYTES = 1_000;

  /// How long a full disk is taken for full before it is tried again.
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int USUAL_BATCH_BYTES = 1 << 16;

  private final Disk disk;
  private final long maxBytes;
  private final int segmentBytes;
  private final Marks marks;
  private final Spares spares;
  private final Backlog backlog;
  private final GroupCommit commits;

  private volatile long damaged;
  private volatile @Nullable IOException broken;
  private volatile boolean full;
  private volatile long triedNanos;

  /// The writer's own.
  private Segment current;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(USUAL_BATCH_BYTES);

  private SegmentedJournal(Disk disk, long maxBytes) throws IOException {
    this.disk = disk;
    this.maxBytes = maxBytes;
    int bytes = (int) Math.clamp(maxBytes / LEAST_SEGMENTS, LEAST_SEGMENT_BYTES, SEGMENT_BYTES);
    this.segmentBytes = bytes / Blocks.BYTES * Blocks.BYTES;
    this.marks = Marks.open(disk);
    this.spares = new Spares(disk, segmentBytes);
    this.backlog = new Backlog(segmentBytes, marks.dropped());
    this.current = recover();
    this.commits = new GroupCommit(this::commit);
  }

  public static SegmentedJournal open(Path directory) {
    return open(directory, DEFAULT_MAX_BYTES);
  }

  /// Opens the journal in a directory. What is damaged of it is set aside, the rest kept.
  ///
  /// @throws IllegalStateException if another process has it open
  public static SegmentedJournal open(Path directory, long maxBytes) {
    try {
      Disk disk = LocalDisk.open(directory);
      try {
        return open(disk, maxBytes);
      } catch (IOException e) {
        disk.close();
        throw e;
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "The journal in %s cannot be opened; does another Signalbox use it?".formatted(directory),
          e);
    }
  }

  static SegmentedJournal open(Disk disk, long maxBytes) throws IOException {
    return new SegmentedJournal(disk, maxBytes);
  }

  /// Finds what waits, and begins a segment behind it.
  private Segment recover() throws IOException {
    var names = new ArrayList<>(disk.list());
    names.removeIf(name -> Segment.base(name) < 0);
    names.sort(null);
    long last = marks.dropped();
    boolean isFirst = true;
    for (String name : names) {
      var segment = new Segment(Segment.base(name), disk.open(name));
      Segment.Content content = segment.recover();
      long gap = isFirst ? 0 : Math.max(0, segment.base - last - 1);
      long missing = content.missing() + gap;
      if (content.isDoubtful() || missing > 0 && segment.next() - 1 > marks.dropped()) {
        setAside(name, missing);
      }
      if (content.frames().isEmpty()) {
        segment.close();
        disk.delete(name);
      } else {
        isFirst = false;
        last = Math.max(last, segment.next() - 1);
        backlog.inherit(segment, content.frames());
      }
    }
    Segment next = spares.take(last + 1);
    backlog.begin(next);
    for (Segment drained : backlog.drop(marks.dropped())) {
      spares.give(drained);
    }
    return next;
  }

  private void setAside(String name, long missing) throws IOException {
    damaged += missing;
    String aside = "damaged-%d-%s".formatted(System.currentTimeMillis(), name);
    disk.copy(name, aside);
    log.error("{} or more records are damaged; their part of the journal is {}", missing, aside);
  }

  @Override
  public Mono<Void> append(String id, byte[] json, long patienceNanos) {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    if (json.length == 0 || name.length > MAX_ID_BYTES || Frame.bytes(name, json) > segmentBytes) {
      return Mono.error(new IllegalArgumentException("a record of no or too great a length"));
    }
    return add(id, name, json, patienceNanos);
  }

  private Mono<Void> add(String id, byte[] name, byte[] json, long patienceNanos) {
    return Mono.create(
        sink -> {
          IOException failure = broken;
          if (failure != null) {
            sink.error(failure);
          } else {
            commits.add(new GroupCommit.Append(id, name, json, patienceNanos, sink));
          }
        });
  }

  private void commit(List<GroupCommit.Append> batch) {
    int from = 0;
    while (from < batch.size()) {
      IOException failure = broken;
      int to = batch.size();
      try {
        if (failure == null) {
          makeRoom(batch.get(from).bytes());
          to = fitting(batch, from);
          write(batch.subList(from, to));
        }
      } catch (IOException e) {
        failure = e;
      }
      for (GroupCommit.Append append : batch.subList(from, to)) {
        if (failure == null) {
          append.done().success();
        } else {
          append.done().error(failure);
        }
      }
      from = to;
    }
  }

  private void makeRoom(int bytes) throws IOException {
    if (current.end() + bytes <= segmentBytes) {
      // By then the segment before this one is drained, as a rule, and there is a spare already.
      if (current.end() > segmentBytes / 4 * 3) {
        spares.prepare();
      }
      return;
    }
    if (full && System.nanoTime() - triedNanos < AGAIN_NANOS && !spares.isReady()) {
      throw new IOException("the journal is full");
    }
    triedNanos = System.nanoTime();
    try {
      if (!isRoomForAnother()) {
        throw new IOException("the journal is full");
      }
      current = spares.take(current.next());
    } catch (IOException e) {
      full = true;
      throw e;
    }
    backlog.begin(current);
    full = false;
  }

  private boolean isRoomForAnother() {
    return (backlog.segments() + 1L) * segmentBytes <= maxBytes;
  }

  private int fitting(List<GroupCommit.Append> batch, int from) {
    int left = segmentBytes - current.end();
    int to = from;
    while (to < batch.size() && batch.get(to).bytes() <= left) {
      left -= batch.get(to).bytes();
      to++;
    }
    return to;
  }

  private void write(List<GroupCommit.Append> batch) throws IOException {
    int size = batch.stream().mapToInt(GroupCommit.Append::bytes).sum();
    if (buffer.capacity() < size) {
      buffer = ByteBuffer.allocateDirect(size);
    }
    ByteBuffer bytes = buffer.clear();
    var frames = new ArrayList<Frame>(batch.size());
    long sequence = current.next();
    long now = System.currentTimeMillis();
    for (GroupCommit.Append append : batch) {
      int start = current.end() + bytes.position();
      Frame.write(bytes, sequence, now, append.name(), append.json());
      int end = current.end() + bytes.position();
      frames.add(new Frame(sequence++, now, append.id(), append.json(), start, end));
    }
    try {
      current.write(bytes.flip());
    } catch (IOException e) {
      log.error("The journal's disk failed: nothing more is written to it ({})", e.toString());
      broken = e;
      throw e;
    }
    backlog.add(current, frames);
  }

  @Override
  public List<Entry> oldest(int count) {
    try {
      return backlog.oldest(count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void drop(long throughSequence) {
    List<Segment> drained = backlog.drop(throughSequence);
    try {
      marks.drop(backlog.dropped());
      for (Segment segment : drained) {
        spares.give(segment);
      }
    } catch (IOException e) {
      // The database has the records; a journal that is opened again drains them once more.
      log.warn("The journal cannot let go of what is drained ({})", e.toString());
    }
  }

  @Override
  public void replace(String id, byte[] json) {
    try {
      for (Frame found : backlog.find(id)) {
        String sequence = Long.toString(found.sequence());
        add(sequence, sequence.getBytes(StandardCharsets.UTF_8), NOTHING, 0).block();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    append(id, json).block();
  }

  @Override
  public Optional<String> find(String id) {
    try {
      return backlog.find(id).stream().findFirst().map(frame -> frame.entry().text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long depth() {
    return backlog.depth();
  }

  @Override
  public long oldestSeconds() {
    long waited = System.currentTimeMillis() - backlog.oldestMillis();
    return backlog.depth() == 0 ? 0 : Math.max(0, TimeUnit.MILLISECONDS.toSeconds(waited));
  }

  @Override
  public long damaged() {
    return damaged;
  }

  @Override
  public Optional<String> failure() {
    return Optional.ofNullable(broken).map(IOException::toString);
  }

  @Override
  public boolean isFull() {
    if (full && broken == null && isRoomForAnother()) {
      if (spares.isReady()) {
        full = false;
      } else if (System.nanoTime() - triedNanos > AGAIN_NANOS) {
        triedNanos = System.nanoTime();
        spares.prepare();
      }
    }
    return full;
  }

  @Override
  public boolean isNearlyFull() {
    return backlog.usedBytes() > maxBytes / 5 * 4;
  }

  @Override
  public Run run() {
    return marks.run();
  }

  @Override
  public Run next(boolean copied) {
    inherit();
    try {
      marks.begin(copied);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return marks.run();
  }

  @Override
  public void inherit() {
    backlog.inheritAll();
  }

  @Override
  public boolean hasEarlier() {
    return backlog.hasEarlier();
  }

  @Override
  public void close() {
    commits.close();
    spares.close();
    try {
      backlog.close();
      marks.close();
      disk.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
