package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.Spending;
import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.credit.CreditBook;
import dev.signalbox.billing.credit.PostgresCreditBank;
import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.journal.SegmentedJournal;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.db.Migrations;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;

/// The ledger, its journal, and what brings one into the other.
@AutoConfiguration(
    afterName =
        "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration")
@EnableConfigurationProperties(LedgerSettings.class)
public class LedgerConfiguration {
  @Bean(destroyMethod = "close")
  Journal journal(@Value("${signalbox.data:./data}") Path data, LedgerSettings settings) {
    return SegmentedJournal.open(data.resolve("journal"), settings.journalSize().toBytes());
  }

  /// Before anything is served, what the process before left is recorded.
  @Bean
  FlightLog flightLog(
      @Value("${signalbox.data:./data}") Path data, Journal journal, LedgerMetrics metrics) {
    FlightLog flights = FlightLog.open(data.resolve("journal"));
    metrics.interrupted(Interrupted.record(flights, journal));
    return flights;
  }

  @Bean
  LedgerMetrics ledgerMetrics(MeterRegistry registry, Journal journal) {
    return new LedgerMetrics(registry, journal);
  }

  @Bean
  LateRecords lateRecords(FlightLog flights) {
    return new LateRecords(flights);
  }

  @Bean
  UsageRecords usageRecords(DatabaseClient database, Journal journal, LateRecords late) {
    return new UsageRecords(database, journal, late);
  }

  @Bean
  CreditBank creditBank(DatabaseClient database, DatabaseAddress address) {
    return new PostgresCreditBank(database, DatabaseConfiguration.factory(address));
  }

  /// After the flights: what they void must not be drained before.
  @Bean(destroyMethod = "close")
  Drainer drainer(
      Migrations migrations,
      FlightLog flights,
      Journal journal,
      LateRecords late,
      UsageRecords records,
      CreditBank bank,
      LedgerMetrics metrics) {
    return new Drainer(migrations::areDone, journal, late, records, bank, metrics);
  }

  /// Closed by its clock.
  @Bean(destroyMethod = "")
  CreditBook creditBook(
      CreditBank bank,
      Journal journal,
      LedgerSettings settings,
      LedgerMetrics metrics,
      MeterRegistry registry) {
    var book =
        new CreditBook(
            bank,
            journal,
            System::nanoTime,
            new CreditBook.Rules(
                settings.creditWait(), settings.creditIdle(), settings.creditOutage()));
    metrics.watch(registry, book);
    return book;
  }

  /// After the drainer: what is given back at the end is told before the run is closed.
  @Bean(destroyMethod = "close")
  LedgerClock ledgerClock(
      CreditBook book,
      CreditBank bank,
      UsageRecords records,
      LedgerMetrics metrics,
      LedgerSettings settings,
      DatabaseClient database,
      Migrations migrations,
      Drainer drainer) {
    return new LedgerClock(
        book, bank, records, metrics, new Upkeep(database, settings.retention()), migrations);
  }

  @Bean
  Spending spending(DatabaseClient database) {
    return new PostgresSpending(database);
  }

  @Bean
  @ConditionalOnProperty(name = "signalbox.metering", havingValue = "on", matchIfMissing = true)
  Ledger ledger(
      CreditBook book,
      Journal journal,
      UsageRecords records,
      FlightLog flights,
      LateRecords late,
      LedgerSettings settings,
      LedgerMetrics metrics) {
    return new JournaledLedger(book, journal, records, flights, late, settings.sync(), metrics);
  }

  @Bean
  @ConditionalOnProperty(name = "signalbox.metering", havingValue = "off")
  Ledger unmeteredLedger() {
    LoggerFactory.getLogger(LedgerConfiguration.class)
        .warn("signalbox.metering=off: nothing is charged or recorded. Only for benchmarks");
    return new UnmeteredLedger();
  }
}
