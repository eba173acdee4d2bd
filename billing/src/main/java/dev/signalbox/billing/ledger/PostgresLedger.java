package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Money;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/// Holds credit in memory and records through the journal.
public final class PostgresLedger implements Ledger {
  private final CreditBook book;
  private final Journal journal;

  PostgresLedger(CreditBook book, Journal journal) {
    this.book = book;
    this.journal = journal;
  }

  private static final class PageHold implements Hold {
    private final ApiKey key;
    private final CreditBook.Page page;
    private final AtomicBoolean settled = new AtomicBoolean();
    private volatile Money amount;

    PageHold(ApiKey key, CreditBook.Page page, Money amount) {
      this.key = key;
      this.page = page;
      this.amount = amount;
    }

    @Override
    public ApiKey key() {
      return key;
    }

    @Override
    public Money amount() {
      return amount;
    }

    @Override
    public synchronized boolean extend(Money more) {
      if (settled.get() || !page.hold(key, more)) {
        return false;
      }
      amount = amount.plus(more);
      return true;
    }
  }

  @Override
  public Mono<Hold> hold(ApiKey key, Money expected) {
    return book.page(key, () -> journal.depth() == 0)
        .onErrorMap(LedgerUnavailableException::new)
        .map(
            page -> {
              if (!page.hold(key, expected)) {
                Money left = page.left(key);
                throw new InsufficientCreditException(
                    "Insufficient credits", left.usd().signum() < 0 ? Money.ZERO : left);
              }
              return new PageHold(key, page, expected);
            });
  }

  @Override
  public Mono<Void> post(Hold hold, UsageRecord record) {
    return journal
        .append(record.id(), UsageRow.json(record))
        .doOnSuccess(
            _ -> {
              if (hold instanceof PageHold own && own.settled.compareAndSet(false, true)) {
                own.page.settle(own.amount(), record.charged());
              }
            })
        .doOnError(_ -> release(hold));
  }

  @Override
  public void release(Hold hold) {
    if (hold instanceof PageHold own && own.settled.compareAndSet(false, true)) {
      own.page.release(own.amount());
    }
  }
}
