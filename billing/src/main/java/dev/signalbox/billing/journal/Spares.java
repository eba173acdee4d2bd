package dev.signalbox.billing.journal;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One file that is ready to become the next segment: used ones serve again, since filling a new
/// one with zeros would hold up the records that wait for it.
final class Spares {
  private static final Logger log = LoggerFactory.getLogger(Spares.class);
  private static final String NAME = "spare";

  private final Disk disk;
  private final int segmentBytes;
  private final AtomicBoolean preparing = new AtomicBoolean();
  private volatile boolean ready;
  private boolean closed;

  Spares(Disk disk, int segmentBytes) throws IOException {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
    // Of another size, perhaps, or half made.
    disk.delete(NAME);
  }

  synchronized Segment take(long base) throws IOException {
    String name = Segment.name(base);
    if (ready) {
      ready = false;
      disk.rename(NAME, name);
    } else {
      disk.create(name, segmentBytes).close();
    }
    return new Segment(base, disk.log(name));
  }

  synchronized void give(Segment used) throws IOException {
    int size = used.file.size();
    used.close();
    if (ready || size != segmentBytes) {
      disk.delete(used.name());
    } else {
      disk.rename(used.name(), NAME);
      ready = true;
    }
  }

  boolean isReady() {
    return ready;
  }

  /// Makes one in the background, if there is none.
  void prepare() {
    if (!ready && preparing.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("signalbox-journal-spare").start(this::make);
    }
  }

  /// Nothing is written to the disk from when it returns.
  synchronized void close() {
    closed = true;
  }

  private synchronized void make() {
    try {
      if (!ready && !closed) {
        disk.create(NAME, segmentBytes).close();
        ready = true;
      }
    } catch (IOException e) {
      log.warn("No room is set aside for the journal's next records: {}", e.toString());
    } finally {
      preparing.set(false);
    }
  }
}
