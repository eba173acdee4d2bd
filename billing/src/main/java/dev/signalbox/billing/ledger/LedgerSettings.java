package dev.signalbox.billing.ledger;

import java.time.Duration;
import java.time.Period;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// What an operator may set about the ledger.
///
/// @param sync whether answers wait until their record is on the disk
/// @param journalSize what the journal may hold; at four fifths of it nothing new is begun
/// @param retention how long usage records are kept, `2y`; without it, for ever
/// @param creditWait how long a request waits for credit that other replicas may give back
/// @param creditIdle after which leased credit that is not used is given back
/// @param creditOutage how long leased credit is spent while the database cannot be reached
@ConfigurationProperties("signalbox.ledger")
record LedgerSettings(
    @DefaultValue("before-answer") Sync sync,
    @DefaultValue("1GB") DataSize journalSize,
    @Nullable Period retention,
    @DefaultValue("2s") Duration creditWait,
    @DefaultValue("5m") Duration creditIdle,
    @DefaultValue("10m") Duration creditOutage) {
  private static final DataSize LEAST_JOURNAL = DataSize.ofMegabytes(1);

  private static final Duration LEAST_WAIT = Duration.ofSeconds(2);

  LedgerSettings {
    if (journalSize.compareTo(LEAST_JOURNAL) < 0) {
      throw new IllegalArgumentException(
          "signalbox.ledger.journal-size: %s (expected: at least 1MB)".formatted(journalSize));
    }
    if (creditWait.compareTo(LEAST_WAIT) < 0) {
      // A replica that died counts as silent after 1.5 seconds: only then is a refusal honest.
      throw new IllegalArgumentException(
          "signalbox.ledger.credit-wait: %s (expected: at least 2s)".formatted(creditWait));
    }
    if (creditOutage.compareTo(Duration.ofMinutes(14)) > 0) {
      throw new IllegalArgumentException(
          "signalbox.ledger.credit-outage: %s (expected: at most 14m)".formatted(creditOutage));
    }
  }
}
