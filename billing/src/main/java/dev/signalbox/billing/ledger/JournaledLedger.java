package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.CreditBook;
import dev.signalbox.billing.credit.CreditHold;
import dev.signalbox.billing.credit.CreditUnavailableException;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Money;
import reactor.core.publisher.Mono;

/// Holds leased credit, and records through the journal; past it, into the database itself, when
/// the journal's disk fails.
final class JournaledLedger implements Ledger {
  private final CreditBook credit;
  private final Journal journal;
  private final UsageRecords records;
  private final LedgerMetrics metrics;

  JournaledLedger(CreditBook credit, Journal journal, UsageRecords records, LedgerMetrics metrics) {
    this.credit = credit;
    this.journal = journal;
    this.records = records;
    this.metrics = metrics;
  }

  private record Leased(ApiKey key, CreditHold credit) implements Hold {
    @Override
    public Money amount() {
      return credit.amount();
    }

    @Override
    public boolean extend(Money more) {
      return credit.extend(more);
    }

    @Override
    public Money cover(Money price) {
      return credit.cover(price);
    }
  }

  @Override
  public Mono<Hold> hold(ApiKey key, Money wanted, Money least) {
    if (journal.isNearlyFull()) {
      return Mono.error(new CreditUnavailableException("the journal is nearly full"));
    }
    if (journal.failure().isPresent() && credit.isCutOff()) {
      return Mono.error(new CreditUnavailableException("neither journal nor database"));
    }
    return credit.hold(key, wanted, least).map(held -> new Leased(key, held));
  }

  @Override
  public Mono<Void> post(Hold hold, UsageRecord record) {
    CreditHold credit = ((Leased) hold).credit();
    String json = UsageRow.json(record, credit.holder(), credit.keyPot());
    return journal
        .append(record.id(), json)
        .onErrorResume(
            failure ->
                records
                    .insert(json)
                    .doOnSuccess(_ -> metrics.pastTheJournal())
                    .onErrorMap(
                        _ -> new CreditUnavailableException("the record could not be kept")))
        .doOnSuccess(
            _ -> {
              credit.settle(record.charged());
              metrics.posted(record);
            })
        .doOnError(_ -> credit.release());
  }

  @Override
  public void release(Hold hold) {
    ((Leased) hold).credit().release();
  }
}
