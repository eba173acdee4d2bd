package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.CreditBook;
import dev.signalbox.billing.credit.CreditHold;
import dev.signalbox.billing.credit.CreditUnavailableException;
import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.credit.InsufficientCreditException;
import dev.signalbox.billing.flight.Flight;
import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.flight.FlightSlot;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.ledger.LedgerMetrics.Refusal;
import dev.signalbox.pricing.Money;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Holds leased credit, and records through the journal; past it, into the database itself, when
/// the journal's disk fails.
final class JournaledLedger implements Ledger {
  private static final long MAX_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final CreditBook credit;
  private final Journal journal;
  private final UsageRecords records;
  private final FlightLog flights;
  private final LateRecords late;
  private final Sync sync;
  private final LedgerMetrics metrics;

  JournaledLedger(
      CreditBook credit,
      Journal journal,
      UsageRecords records,
      FlightLog flights,
      LateRecords late,
      Sync sync,
      LedgerMetrics metrics) {
    this.credit = credit;
    this.journal = journal;
    this.records = records;
    this.flights = flights;
    this.late = late;
    this.sync = sync;
    this.metrics = metrics;
  }

  private static final class Leased implements Hold {
    private final ApiKey key;
    private final CreditHold credit;
    private final FlightLog flights;
    private final long sinceNanos = System.nanoTime();
    private @Nullable FlightSlot slot;
    private boolean landed;

    Leased(ApiKey key, CreditHold credit, FlightLog flights) {
      this.key = key;
      this.credit = credit;
      this.flights = flights;
    }

    /// A wait for others' records that the caller does not notice.
    long patienceNanos() {
      return Math.min(MAX_PATIENCE_NANOS, (System.nanoTime() - sinceNanos) / 4);
    }

    @Override
    public ApiKey key() {
      return key;
    }

    @Override
    public synchronized void dispatched(Flight flight) {
      if (slot == null && !landed) {
        slot = flights.take();
      }
      if (slot != null) {
        slot.note(flight);
      }
    }

    @Override
    public synchronized void progressed(long visibleBytes, long thoughtBytes) {
      if (slot != null) {
        slot.progress(visibleBytes, thoughtBytes);
      }
    }

    /// It could not be recorded.
    synchronized void refused() {
      landed = true;
      if (slot != null) {
        slot.refuse();
        slot = null;
      }
    }

    /// It is recorded, or nothing of it needs to be.
    synchronized void landed() {
      landed = true;
      if (slot != null) {
        slot.free();
        slot = null;
      }
    }

    @Override
    public Dues amount() {
      return credit.amount();
    }

    @Override
    public boolean extend(Dues more) {
      return credit.extend(more);
    }

    @Override
    public Money cover(Dues price) {
      return credit.cover(price);
    }
  }

  @Override
  public Mono<Hold> hold(ApiKey key, Dues wanted, Dues least) {
    if (journal.isNearlyFull()) {
      metrics.refused(Refusal.JOURNAL);
      return Mono.error(new CreditUnavailableException("the journal is nearly full"));
    }
    if (!takesRecords() && credit.isCutOff()) {
      metrics.refused(Refusal.JOURNAL);
      return Mono.error(new CreditUnavailableException("neither journal nor database"));
    }
    return credit
        .hold(key, wanted, least)
        .<Hold>map(held -> new Leased(key, held, flights))
        .doOnError(
            failure ->
                metrics.refused(
                    failure instanceof InsufficientCreditException
                        ? Refusal.INSUFFICIENT
                        : Refusal.UNAVAILABLE));
  }

  private boolean takesRecords() {
    return journal.failure().isEmpty() && !journal.isFull();
  }

  @Override
  public Mono<Void> reach(Hold hold, Dues price) {
    return ((Leased) hold).credit.reach(price);
  }

  @Override
  public Mono<Void> post(Hold hold, UsageRecord record) {
    var leased = (Leased) hold;
    CreditHold credit = leased.credit;
    byte[] json = UsageRow.json(record, credit.holder(), credit.keyPot());
    if (sync == Sync.AFTER_ANSWER && takesRecords()) {
      Mono<Void> written = write(record.id(), json, LateRecords.PATIENCE_NANOS);
      if (late.keep(record.id(), json, written)) {
        settle(leased, record);
        return Mono.empty();
      }
    }
    return write(record.id(), json, leased.patienceNanos())
        .doOnSuccess(_ -> settle(leased, record))
        .doOnError(
            _ -> {
              leased.refused();
              credit.release();
            });
  }

  private void settle(Leased leased, UsageRecord record) {
    leased.landed();
    leased.credit.settle(dues(leased.key(), record));
    metrics.posted(record);
  }

  private Mono<Void> write(String id, byte[] json, long patienceNanos) {
    return journal
        .append(id, json, patienceNanos)
        .onErrorResume(
            _ ->
                records
                    .insert(id, json)
                    .doOnNext(this::count)
                    .onErrorMap(_ -> new CreditUnavailableException("the record could not be kept"))
                    .then());
  }

  private void count(boolean taken) {
    if (taken) {
      metrics.pastTheJournal();
    } else {
      metrics.quarantined();
    }
  }

  private static Dues dues(ApiKey key, UsageRecord record) {
    return record.byok() && key.includeByokInLimit()
        ? new Dues(record.charged(), record.charged().plus(record.upstreamCost().total()))
        : Dues.of(record.charged());
  }

  @Override
  public void release(Hold hold) {
    var leased = (Leased) hold;
    leased.landed();
    leased.credit.release();
  }
}
