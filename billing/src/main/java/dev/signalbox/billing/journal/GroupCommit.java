package dev.signalbox.billing.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.MonoSink;

/// One thread that commits together whatever has gathered while it was busy with the last commit.
final class GroupCommit implements AutoCloseable {
  /*
   * A sync costs the processor about as much as ten records do, and the disk takes a fixed number of
   * them in a second. After a commit more may therefore gather, for as long as the least patient of
   * its records could have waited: what comes next is taken to be of the same kind.
   */
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);
  private static final int MAX_RECORDS = 2048;
  private static final int MAX_BYTES = 1 << 20;

  /// A thread that is told to sleep for less sleeps about as long.
  private static final long MIN_GATHER_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final ConcurrentLinkedQueue<Append> queue = new ConcurrentLinkedQueue<>();
  private final Consumer<List<Append>> commit;
  private final Thread thread;
  private volatile boolean parked;
  private volatile boolean closing;
  private volatile boolean ended;

  /// A record that wants to be on the disk.
  ///
  /// @param name the id in UTF-8
  /// @param patienceNanos how long it may wait for others
  record Append(String id, byte[] name, byte[] json, long patienceNanos, MonoSink<Void> done) {
    int bytes() {
      return Frame.bytes(name, json);
    }
  }

  GroupCommit(Consumer<List<Append>> commit) {
    this.commit = commit;
    this.thread = Thread.ofPlatform().daemon().name("signalbox-journal").start(this::run);
  }

  void add(Append append) {
    queue.add(append);
    if (parked) {
      LockSupport.unpark(thread);
    }
    if (ended && queue.remove(append)) {
      refuse(append);
    }
  }

  private static void refuse(Append append) {
    append.done().error(new IllegalStateException("the journal is closed"));
  }

  private void run() {
    var batch = new ArrayList<Append>();
    while (awaitOne()) {
      gather(batch);
      try {
        commit.accept(batch);
      } catch (RuntimeException e) {
        // Whoever waits must hear of it; those who have heard already hear nothing more.
        log.error("The journal failed", e);
        batch.forEach(append -> append.done().error(e));
      }
      long patience = patience(batch);
      if (patience >= MIN_GATHER_NANOS && !closing) {
        LockSupport.parkNanos(patience);
      }
      batch.clear();
    }
    ended = true;
    // Whoever came too late for the last batch and too early to see that it was.
    for (@Nullable Append late = queue.poll(); late != null; late = queue.poll()) {
      refuse(late);
    }
  }

  /// Returns false when there is none and will be none.
  private boolean awaitOne() {
    while (queue.isEmpty()) {
      if (closing) {
        return false;
      }
      parked = true;
      if (queue.isEmpty() && !closing) {
        LockSupport.park(this);
      }
      parked = false;
    }
    return true;
  }

  private void gather(List<Append> batch) {
    int bytes = 0;
    for (@Nullable Append next = queue.peek();
        next != null
            && batch.size() < MAX_RECORDS
            && (batch.isEmpty() || bytes + next.bytes() <= MAX_BYTES);
        next = queue.peek()) {
      batch.add(next);
      bytes += next.bytes();
      queue.poll();
    }
  }

  private static long patience(List<Append> batch) {
    return batch.stream().mapToLong(Append::patienceNanos).min().orElse(0);
  }

  /// Commits what has come until now.
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
