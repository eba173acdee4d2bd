package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.billing.account.Spending.Credits;
import dev.signalbox.billing.account.Spending.Spent;
import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// What every key and account can still spend, as this replica knows it: what the database said
/// last, less what was held and charged here since.
///
/// Figures older than a few seconds are read again beside the request that notices it; only a key
/// that was never seen here waits for the database. With several replicas, each can spend what the
/// others spent since its last look: the overshoot is bounded by their traffic in that time.
final class CreditBook {
  private static final long FRESH_NANOS = Duration.ofSeconds(2).toNanos();

  private final Spending spending;
  private final Map<String, Page> pages = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Mono<Page>> loading = new ConcurrentHashMap<>();

  CreditBook(Spending spending) {
    this.spending = spending;
  }

  /// One key's figures.
  static final class Page {
    private Spent spent;
    private Credits credits;
    private long readNanos;
    private Money held = Money.ZERO;

    /// Charged here since a moment before the figures were read.
    private Money since = Money.ZERO;

    private Money sinceNext = Money.ZERO;

    Page(Spent spent, Credits credits) {
      this.spent = spent;
      this.credits = credits;
      this.readNanos = System.nanoTime();
    }

    synchronized Money left(ApiKey key) {
      Money taken = held.plus(since);
      Money left = new Money(credits.granted().subtract(credits.used())).minus(taken);
      Optional<Money> limit = key.limit();
      if (limit.isPresent()) {
        Money ofLimit = limit.get().minus(new Money(window(key))).minus(taken);
        left = ofLimit.compareTo(left) < 0 ? ofLimit : left;
      }
      return left;
    }

    private BigDecimal window(ApiKey key) {
      @Nullable LimitReset reset = key.limitReset().orElse(null);
      return switch (reset) {
        case DAILY -> spent.daily();
        case WEEKLY -> spent.weekly();
        case MONTHLY -> spent.monthly();
        case null -> spent.total();
      };
    }

    synchronized boolean hold(ApiKey key, Money amount) {
      if (left(key).compareTo(amount) < 0) {
        return false;
      }
      held = held.plus(amount);
      return true;
    }

    synchronized void release(Money amount) {
      held = held.minus(amount);
    }

    synchronized void settle(Money amount, Money charged) {
      held = held.minus(amount);
      since = since.plus(charged);
      sinceNext = sinceNext.plus(charged);
    }

    /// From here on, charges may or may not be in the figures that are being read.
    synchronized void reading() {
      sinceNext = Money.ZERO;
    }

    /// @param drained whether the journal was empty before the figures were read
    synchronized void refresh(Spent spent, Credits credits, boolean drained) {
      readNanos = System.nanoTime();
      if (drained) {
        this.spent = spent;
        this.credits = credits;
        since = sinceNext;
      }
    }

    synchronized boolean isStale() {
      return System.nanoTime() - readNanos > FRESH_NANOS;
    }
  }

  /// Returns the key's page, at once if there is one.
  Mono<Page> page(ApiKey key, Journaled journaled) {
    Page page = pages.get(key.hash());
    if (page == null) {
      return load(key);
    }
    if (page.isStale()) {
      refresh(key, page, journaled);
    }
    return Mono.just(page);
  }

  /// Says whether records still wait in the journal.
  interface Journaled {
    boolean isEmpty();
  }

  private Mono<Page> load(ApiKey key) {
    return loading.computeIfAbsent(
        key.hash(),
        hash ->
            read(key)
                .map(
                    figures ->
                        pages.computeIfAbsent(
                            hash, _ -> new Page(figures.spent(), figures.credits())))
                .doFinally(_ -> loading.remove(hash))
                .cache());
  }

  private record Figures(Spent spent, Credits credits) {}

  private Mono<Figures> read(ApiKey key) {
    return spending.of(key.hash()).zipWith(spending.ofAccount(key.accountId()), Figures::new);
  }

  private void refresh(ApiKey key, Page page, Journaled journaled) {
    loading.computeIfAbsent(
        key.hash(),
        hash -> {
          page.reading();
          boolean drained = journaled.isEmpty();
          Mono<Page> refreshed =
              read(key)
                  .doOnNext(figures -> page.refresh(figures.spent(), figures.credits(), drained))
                  .map(_ -> page)
                  .onErrorReturn(page)
                  .doFinally(_ -> loading.remove(hash))
                  .cache();
          refreshed.subscribe();
          return refreshed;
        });
  }
}
