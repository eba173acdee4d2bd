package dev.signalbox.billing.ledger;

import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.credit.CreditBook;
import dev.signalbox.db.Migrations;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Drives what the ledger does by time: credit is renewed and given back, partitions are made, what
/// silent replicas hold is counted.
final class LedgerClock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LedgerClock.class);
  private static final long TICK_MILLIS = 20;
  private static final Duration COUNT_EVERY = Duration.ofSeconds(15);
  private static final Duration UPKEEP_EVERY = Duration.ofHours(1);
  private static final Duration LAST_WORD = Duration.ofSeconds(2);

  private final CreditBook book;
  private final Migrations migrations;
  private final Disposable.Composite running = Disposables.composite();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("signalbox-credit").unstarted(task));

  LedgerClock(
      CreditBook book,
      CreditBank bank,
      UsageRecords records,
      LedgerMetrics metrics,
      Upkeep upkeep,
      Migrations migrations) {
    this.book = book;
    this.migrations = migrations;
    clock.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    running.add(migrations.done().thenMany(bank.recalls()).subscribe(book::recall));
    running.add(migrations.done().thenMany(upkeep.run(UPKEEP_EVERY)).subscribe());
    running.add(
        Flux.interval(COUNT_EVERY)
            .onBackpressureDrop()
            .concatMap(_ -> records.suspense().onErrorResume(_ -> Mono.empty()), 1)
            .subscribe(metrics::suspense));
  }

  private void tick() {
    try {
      if (migrations.areDone() || book.waiting() > 0) {
        book.tick();
      }
    } catch (RuntimeException e) {
      log.error("Credit could not be looked after", e);
    }
  }

  @Override
  public void close() {
    clock.shutdown();
    running.dispose();
    book.close().onErrorComplete().block(LAST_WORD);
  }
}
