package dev.signalbox.billing.ledger;

import dev.signalbox.billing.journal.Journal;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings records from the journal into PostgreSQL, oldest first, until none is left; then waits
/// for more. A record leaves the journal only after the database has committed it.
final class Drainer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Drainer.class);
  private static final int BATCH = 500;
  private static final long IDLE_MILLIS = 20;
  private static final long RETRY_MILLIS = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Journal journal;
  private final UsageRecords records;
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean failing;

  Drainer(Journal journal, UsageRecords records) {
    this.journal = journal;
    this.records = records;
    this.thread = Thread.ofPlatform().daemon().name("signalbox-drainer").start(this::run);
  }

  private void run() {
    try {
      while (!closing) {
        if (!drainOnce()) {
          Thread.sleep(failing ? RETRY_MILLIS : IDLE_MILLIS);
        }
      }
      while (drainOnce()) {
        // What is left goes now, if the database takes it; else at the next start.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Returns whether there was anything that could be drained.
  private boolean drainOnce() {
    try {
      if (journal.depth() == 0) {
        return false;
      }
      List<Journal.Entry> entries = journal.oldest(BATCH);
      if (entries.isEmpty()) {
        return false;
      }
      // A thread of its own: it may wait.
      records.insert(entries).block(PATIENCE);
      journal.drop(entries.getLast().sequence());
      failing = false;
      return true;
    } catch (RuntimeException e) {
      if (!failing) {
        log.warn("Records wait in the journal: the database does not take them ({})", e.toString());
      }
      failing = true;
      return false;
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
