package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.credit.PostgresCreditBank;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// I4: the ledger read as double entry.
class DoubleEntryTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  /// A dollar a prompt token.
  private static final Pricing DOLLARS = Pricing.of("1", "0");

  private Books books;
  private UsageRecords records;
  private ApiKey key;

  @BeforeEach
  void open() {
    books = new Books();
    records = books.records();
    key = books.key(books.account("100"), "50", null);
  }

  @AfterEach
  void close() {
    books.close();
  }

  /// Records ten tokens at a markup of a half, of which a part is charged.
  private String record(
      String charged, String overrun, boolean waived, UnaryOperator<String> change) {
    Usage usage = Usage.of(10, 0);
    Cost cost = DOLLARS.cost(usage, NOW);
    String id = Books.id(NOW);
    UsageRecord record =
        Books.record(
            key,
            id,
            NOW,
            DOLLARS,
            usage,
            new BigDecimal(50),
            cost,
            Money.of(charged),
            Money.of(overrun),
            waived);
    String json =
        new String(
            UsageRow.json(record, OptionalLong.empty(), OptionalLong.empty()),
            StandardCharsets.UTF_8);
    byte[] brought = change.apply(json).getBytes(StandardCharsets.UTF_8);
    assertThat(records.insert(id, brought).block()).isTrue();
    return id;
  }

  private List<String> entries(String event) {
    return books.query(
        "SELECT account, trim_scale(usd) FROM ledger_entries WHERE event = '%s' ORDER BY account"
            .formatted(event));
  }

  @Test
  void eachEventsEntriesSumToNothing() {
    String plain = record("15", "0", false, json -> json);
    assertThat(entries(plain)).containsExactly("customer 15", "provider_payable -10", "revenue -5");
    String cut = record("12", "3", false, json -> json);
    assertThat(entries(cut))
        .containsExactly("customer 12", "overrun 3", "provider_payable -10", "revenue -5");
    String waived = record("0", "0", true, json -> json);
    assertThat(entries(waived)).containsExactly("provider_payable -10", "revenue 10");
    // Failed attempts: 0.75 for the operator, 0.25 of them with the account's own credential.
    String attempts =
        record(
            "15",
            "0",
            false,
            json ->
                json.replace(
                    "\"attempts\":[]",
                    "\"attempts_cost\":\"1\","
                        + "\"attempts\":[{\"cost\":\"0.75\"},{\"cost\":\"0.25\",\"byok\":true}]"));
    assertThat(entries(attempts))
        .containsExactly("customer 15", "provider_payable -10.75", "revenue -4.25");
    String byok =
        record(
            "15", "0", false, json -> json.replace("\"attempts\":", "\"byok\":true,\"attempts\":"));
    assertThat(entries(byok)).containsExactly("customer 15", "revenue -15");
    String correction =
        books.query("SELECT usage_correct('%s', 4, 'refund')".formatted(plain)).getFirst();
    assertThat(entries(correction)).containsExactly("customer -4", "revenue 4");
    assertThat(
            books.query(
                "SELECT account, trim_scale(usd) FROM ledger_entries WHERE kind = 'grant'"
                    + " ORDER BY 1"))
        .containsExactly("customer -100", "funds 100");
    assertThat(books.query("SELECT sum(usd) = 0 FROM ledger_entries")).containsExactly("t");
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void whatIsHeldIsReservedComesIntoSuspenseAndBackToNothing() {
    var bank = new PostgresCreditBank(books.database, null);
    var run = new Journal.Run(UUID.randomUUID(), 1);
    long holder = bank.enter(run).block();
    var name = new CreditBank.Name(key.accountId(), key.hash());
    var wish = new CreditBank.Wish(name, Money.of("20"), Money.of("20"));
    long pot = bank.sync(holder, List.of(), List.of(wish)).block().getFirst().pot();
    assertThat(entries("pot-" + pot)).containsExactly("customer 20", "hold -20");
    assertThat(quiet()).containsExactly("nothing is held pot-" + pot);
    books.execute("UPDATE credit_holder SET seen_at = seen_at - interval '1 minute'");
    assertThat(entries("pot-" + pot)).containsExactly("customer 20", "suspense -20");
    assertThat(quiet()).containsExactly("nothing is in suspense pot-" + pot);
    assertThat(books.wrong()).isEmpty();
    bank.closeBefore(new Journal.Run(run.journal(), 2)).block();
    assertThat(entries("pot-" + pot)).isEmpty();
    assertThat(quiet()).isEmpty();
    assertThat(books.wrong()).isEmpty();
  }

  private List<String> quiet() {
    return books.query("SELECT rule, example FROM ledger_check_quiet() WHERE wrong > 0");
  }

  @Test
  void theCheckNoticesEntriesThatDoNotBalance() {
    String id = record("15", "0", false, json -> json);
    books.execute(
        "SET session_replication_role = replica; UPDATE usage_record SET charged = charged -"
            + " 1e-18");
    assertThat(books.wrong()).contains("the entries of an event sum to nothing 1 " + id);
    var bank = new PostgresCreditBank(books.database, null);
    long holder = bank.enter(new Journal.Run(UUID.randomUUID(), 1)).block();
    var name = new CreditBank.Name(key.accountId(), key.hash());
    var wish = new CreditBank.Wish(name, Money.of("1"), Money.of("1"));
    bank.sync(holder, List.of(), List.of(wish)).block();
    books.execute("UPDATE credit_lease SET drawn = drawn + 1");
    assertThat(books.wrong())
        .anyMatch(line -> line.startsWith("the entries of an event sum to nothing 2"));
    books.execute("UPDATE credit_holder SET closed_at = now()");
    assertThat(books.wrong()).anyMatch(line -> line.startsWith("a run that ended holds nothing 1"));
  }
}
