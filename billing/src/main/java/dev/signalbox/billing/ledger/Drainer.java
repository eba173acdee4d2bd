package dev.signalbox.billing.ledger;

import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.journal.Journal;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings records from the journal into PostgreSQL, oldest first, until none is left; then waits
/// for more. A record leaves the journal only after the database has committed it.
///
/// A record that the database will never take is found by halving, and set aside there: it holds up
/// nobody else.
final class Drainer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Drainer.class);

  /// A batch is one array of a few hundred kilobytes: larger ones get regions of their own in the
  /// collector's heap, which costs more than they do.
  private static final int BATCH = 500;

  /// How many records are brought at once rather than with those that come in the next moment.
  private static final int ENOUGH = 250;

  private static final long IDLE_MILLIS = 50;

  /// How many records in a moment are traffic: then the next ones are brought together, since a
  /// statement and its commit cost about as much as a hundred records do. A record that comes alone
  /// does not wait for others.
  private static final int SOME = 5;

  private static final int TRAFFIC_MOMENTS = 4;

  private static final long RETRY_MILLIS = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final BooleanSupplier ready;
  private final Journal journal;
  private final LateRecords late;
  private final UsageRecords records;
  private final CreditBank bank;
  private final LedgerMetrics metrics;
  private final Thread thread;
  private boolean earlierClosed;
  private volatile boolean closing;
  private volatile boolean failing;

  /// @param ready whether the database has the ledger's schema
  Drainer(
      BooleanSupplier ready,
      Journal journal,
      LateRecords late,
      UsageRecords records,
      CreditBank bank,
      LedgerMetrics metrics) {
    this.ready = ready;
    this.journal = journal;
    this.late = late;
    this.records = records;
    this.bank = bank;
    this.metrics = metrics;
    this.thread = Thread.ofPlatform().daemon().name("signalbox-drainer").start(this::run);
  }

  private void run() {
    try {
      while (!closing) {
        rest(drainOnce());
      }
      while (drainOnce() > 0) {
        // What is left goes now, if the database takes it; else at the next start.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void rest(int drained) throws InterruptedException {
    if (failing) {
      Thread.sleep(RETRY_MILLIS);
      return;
    }
    int moments = drained < SOME ? 1 : TRAFFIC_MOMENTS;
    // What cannot be drained yet is no reason to hurry, however much it is.
    for (int i = 0; i < moments && !closing && !(drained > 0 && journal.depth() >= ENOUGH); i++) {
      Thread.sleep(IDLE_MILLIS);
    }
  }

  /// Returns how many records were drained.
  private int drainOnce() {
    try {
      if (!ready.getAsBoolean()) {
        return 0;
      }
      closeEarlier();
      if (journal.depth() == 0) {
        return 0;
      }
      List<Journal.Entry> entries = journal.oldest(BATCH);
      if (entries.isEmpty()) {
        return 0;
      }
      insert(entries);
      journal.drop(entries.getLast().sequence());
      if (failing) {
        log.info("The database takes records again");
      }
      failing = false;
      return entries.size();
    } catch (RuntimeException e) {
      if (!failing) {
        log.warn("Records wait in the journal: the database does not take them ({})", e.toString());
      }
      failing = true;
      return 0;
    }
  }

  /// Once nothing of earlier runs waits any more, what they had leased and not spent is free.
  private void closeEarlier() {
    if (!earlierClosed && !journal.hasEarlier()) {
      bank.closeBefore(journal.run()).block(PATIENCE);
      earlierClosed = true;
    }
  }

  private void insert(List<Journal.Entry> entries) {
    try {
      // A thread of its own: it may wait.
      Integer added = records.insert(entries).block(PATIENCE);
      metrics.drained(added == null ? 0 : added);
    } catch (RuntimeException e) {
      if (!UsageRecords.isRefusal(e)) {
        throw e;
      }
      if (entries.size() > 1) {
        int half = entries.size() / 2;
        insert(entries.subList(0, half));
        insert(entries.subList(half, entries.size()));
      } else {
        Journal.Entry entry = entries.getFirst();
        records.quarantine(entry.id(), entry.json(), e).block(PATIENCE);
        metrics.quarantined();
      }
    }
  }

  @Override
  public void close() {
    boolean complete = late.await(PATIENCE);
    closing = true;
    try {
      thread.join(PATIENCE.toMillis());
      if (complete && !thread.isAlive() && journal.depth() == 0) {
        // Nothing of this run waits either.
        var next = new Journal.Run(journal.run().journal(), Long.MAX_VALUE);
        bank.closeBefore(next).onErrorComplete().block(Duration.ofSeconds(3));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
