package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.credit.PostgresCreditBank;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/// I10: a gateway that does not own the ledger can read it and add to it, and nothing else.
class LedgerRightsTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @Test
  void aGatewaysRoleMayOnlyReadTheLedgerAndAddToIt() {
    try (var owner = new Books()) {
      String role = "gateway_" + UUID.randomUUID().toString().replace("-", "");
      owner.execute(
          "CREATE ROLE %s LOGIN PASSWORD 'x'; SELECT ledger_rights('%s')".formatted(role, role));
      ApiKey key = owner.key(owner.account("100"), "50", null);
      var address =
          new DatabaseAddress(
              owner.address.host(),
              owner.address.port(),
              owner.address.database(),
              role,
              "x",
              owner.address.parameters());
      try (var gateway = new Books(address)) {
        serves(gateway, key);
        for (String table :
            List.of("usage_record", "usage_batch", "credit_grant", "audit_log", month(owner))) {
          for (String sql :
              List.of(
                  "DELETE FROM " + table,
                  "TRUNCATE " + table,
                  "DROP TABLE " + table,
                  "ALTER TABLE %s DISABLE TRIGGER ALL".formatted(table))) {
            assertThatThrownBy(() -> gateway.execute(sql))
                .as(sql)
                .hasMessageMatching("(?s).*(permission denied|must be owner).*");
          }
        }
        for (String sql :
            List.of(
                "UPDATE usage_record SET charged = 0",
                "UPDATE usage_batch SET records = 1",
                "UPDATE credit_grant SET usd = 1000000",
                "UPDATE audit_log SET actor = 'nobody'",
                "SET session_replication_role = replica",
                "UPDATE usage_retention SET dropped_until = 'infinity'",
                "SELECT ledger_rights('%s')".formatted(role))) {
          assertThatThrownBy(() -> gateway.execute(sql))
              .as(sql)
              .hasMessageContaining("permission denied");
        }
        assertThat(gateway.wrong()).isEmpty();
      } finally {
        owner.execute("DROP OWNED BY %s; DROP ROLE %s".formatted(role, role));
      }
    }
  }

  private static String month(Books books) {
    return books.query("SELECT DISTINCT tableoid::regclass FROM usage_record").getFirst();
  }

  /// All that a gateway does with the ledger.
  private static void serves(Books gateway, ApiKey key) {
    // An upgrade is the owner's; a schema that is up to date is none.
    var flyway =
        Flyway.configure()
            .dataSource(
                gateway.address.jdbcUrl(), gateway.address.user(), gateway.address.password())
            .load();
    assertThat(flyway.migrate().migrationsExecuted).isZero();
    var bank = new PostgresCreditBank(gateway.database, null);
    var run = new Journal.Run(UUID.randomUUID(), 1);
    long holder = bank.enter(run).block();
    var wish =
        new CreditBank.Wish(
            new CreditBank.Name(key.accountId(), key.hash()), Money.of("1"), Money.of("1"));
    long pot = bank.sync(holder, List.of(), List.of(wish)).block().getFirst().pot();
    var record = Books.record(key, Books.id(NOW), NOW, Pricing.of("0.000001", "0"), Usage.of(5, 5));
    var entry =
        new Journal.Entry(
            0, record.id(), UsageRow.json(record, OptionalLong.of(holder), OptionalLong.of(pot)));
    assertThat(gateway.records().insert(List.of(entry)).block()).isEqualTo(1);
    gateway.query("SELECT usage_correct('%s', 0.000001, 'refund')".formatted(record.id()));
    gateway.execute(
        "INSERT INTO audit_log (actor, action, subject) VALUES ('me', 'try', 'this');"
            + "INSERT INTO credit_grant (account_id, usd, reason, actor) VALUES ('%s', 1, 'x', 'x')"
                .formatted(key.accountId()));
    new Upkeep(gateway.database, Period.ofDays(62)).once().block();
    bank.closeBefore(new Journal.Run(run.journal(), 2)).block();
    assertThat(new PostgresSpending(gateway.database).of(key.hash()).block().total()).isPositive();
  }
}
