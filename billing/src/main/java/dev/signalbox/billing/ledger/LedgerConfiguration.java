package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.Spending;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.journal.SqliteJournal;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.core.DatabaseClient;

/// The ledger, its journal, and what brings one into the other.
@AutoConfiguration(
    afterName =
        "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration")
public class LedgerConfiguration {
  @Bean(destroyMethod = "close")
  Journal journal(@Value("${signalbox.data:./data}") Path data, MeterRegistry registry) {
    Journal journal = SqliteJournal.open(data.resolve("journal"));
    Gauge.builder("signalbox.journal.depth", journal, Journal::depth).register(registry);
    return journal;
  }

  @Bean
  UsageRecords usageRecords(DatabaseClient database, Journal journal) {
    return new UsageRecords(database, journal);
  }

  @Bean(destroyMethod = "close")
  Drainer drainer(Journal journal, UsageRecords records) {
    return new Drainer(journal, records);
  }

  @Bean
  Spending spending(DatabaseClient database) {
    return new PostgresSpending(database);
  }

  @Bean
  Ledger ledger(Spending spending, Journal journal) {
    return new PostgresLedger(new CreditBook(spending), journal);
  }
}
