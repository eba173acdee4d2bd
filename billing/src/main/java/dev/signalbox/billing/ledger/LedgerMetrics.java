package dev.signalbox.billing.ledger;

import dev.signalbox.billing.credit.CreditBook;
import dev.signalbox.billing.journal.Journal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/// What can be seen of the ledger from outside.
///
/// Amounts are approximate here: a meter's number is binary. What is owed is in the ledger.
final class LedgerMetrics {
  private final Counter drained;
  private final Counter quarantined;
  private final Counter pastTheJournal;
  private final Counter overrun;
  private final Counter interrupted;
  private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
  private volatile Suspense suspense = new Suspense(0, 0);

  /// Why a request was not let in.
  enum Refusal {
    /// There is not enough credit.
    INSUFFICIENT,
    /// Whether there is cannot be told.
    UNAVAILABLE,
    /// What it will cost could not be recorded.
    JOURNAL
  }

  /// @param micros of a dollar
  record Suspense(long holders, long micros) {}

  LedgerMetrics(MeterRegistry registry, Journal journal) {
    drained = counter(registry, "signalbox.ledger.drained", "records brought to the database");
    quarantined =
        counter(registry, "signalbox.ledger.quarantined", "records that the ledger would not take");
    pastTheJournal =
        counter(
            registry,
            "signalbox.ledger.direct",
            "records committed to the database past the journal");
    overrun =
        counter(registry, "signalbox.overrun.usd", "cost that a limit kept from being charged");
    interrupted =
        counter(
            registry,
            "signalbox.ledger.interrupted",
            "calls that were under way when the process before was killed");
    for (Refusal reason : Refusal.values()) {
      refused.put(
          reason,
          Counter.builder("signalbox.credit.refused")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    gauge(registry, "signalbox.journal.depth", journal, Journal::depth);
    gauge(registry, "signalbox.journal.oldest.seconds", journal, Journal::oldestSeconds);
    gauge(registry, "signalbox.journal.damaged", journal, Journal::damaged);
    gauge(registry, "signalbox.journal.full", journal, at -> at.isFull() ? 1 : 0);
    gauge(registry, "signalbox.journal.broken", journal, at -> at.failure().isPresent() ? 1 : 0);
    gauge(registry, "signalbox.credit.suspense.usd", this, at -> at.suspense.micros() / 1e6);
    gauge(registry, "signalbox.credit.suspense.holders", this, at -> at.suspense.holders());
  }

  void watch(MeterRegistry registry, CreditBook credit) {
    gauge(registry, "signalbox.credit.free.usd", credit, at -> at.free().usd().doubleValue());
    gauge(registry, "signalbox.credit.held.usd", credit, at -> at.held().usd().doubleValue());
    gauge(registry, "signalbox.credit.waiting", credit, CreditBook::waiting);
    gauge(registry, "signalbox.credit.cut.off", credit, at -> at.isCutOff() ? 1 : 0);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private static <T> void gauge(
      MeterRegistry registry, String name, T of, ToDoubleFunction<T> value) {
    Gauge.builder(name, of, value).register(registry);
  }

  void drained(long count) {
    drained.increment(count);
  }

  void quarantined() {
    quarantined.increment();
  }

  void pastTheJournal() {
    pastTheJournal.increment();
  }

  void refused(Refusal reason) {
    Objects.requireNonNull(refused.get(reason)).increment();
  }

  void interrupted(int calls) {
    interrupted.increment(calls);
  }

  void posted(UsageRecord record) {
    if (!record.overrun().isZero()) {
      overrun.increment(record.overrun().usd().doubleValue());
    }
  }

  void suspense(Suspense now) {
    suspense = now;
  }
}
