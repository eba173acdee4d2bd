package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.credit.CreditBank;
import dev.signalbox.billing.credit.CreditBank.Grant;
import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.billing.credit.CreditBank.Wish;
import dev.signalbox.billing.credit.PostgresCreditBank;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.db.Midnight;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Limits of a day, a week and a month, and limits that count what an account pays itself.
class LimitWindowsTest {
  /// A dollar a prompt token.
  private static final Pricing DOLLARS = Pricing.of("1", "0");

  private static Books books;
  private static UsageRecords records;
  private static CreditBank bank;
  private static long holder;

  @BeforeAll
  static void start() {
    books = new Books();
    records = books.records();
    bank = new PostgresCreditBank(books.database, null);
    holder = bank.enter(new Journal.Run(UUID.randomUUID(), 1)).block();
  }

  @BeforeEach
  void stayWithinADay() throws Exception {
    Midnight.waitOutIfNear();
  }

  @AfterAll
  static void stop() {
    assertThat(books.wrong()).isEmpty();
    books.close();
  }

  private static Grant draw(ApiKey key, String usd) {
    var wish = new Wish(new Name(key.accountId(), key.hash()), Money.of(usd), Money.of(usd));
    return bank.sync(holder, List.of(), List.of(wish)).block().getFirst();
  }

  private static void drain(ApiKey key, Instant at, long dollars, OptionalLong pot, boolean byok) {
    var record = Books.record(key, Books.id(at), at, DOLLARS, Usage.of(dollars, 0));
    String json =
        new String(UsageRow.json(record, OptionalLong.of(holder), pot), StandardCharsets.UTF_8);
    if (byok) {
      // A fee of a tenth.
      json =
          json.replace("\"attempts\":", "\"byok\":true,\"attempts\":")
              .replace("\"charge_factor\":\"1.00\"", "\"charge_factor\":\"0.1\"")
              .replace(
                  "\"charged\":\"%d\"".formatted(dollars),
                  "\"charged\":\"%d\"".formatted(dollars / 10));
    }
    assertThat(
            records
                .insert(
                    List.of(
                        new Journal.Entry(1, record.id(), json.getBytes(StandardCharsets.UTF_8))))
                .block())
        .isEqualTo(1);
  }

  private static void drain(ApiKey key, Instant at, long dollars, Grant grant) {
    drain(key, at, dollars, OptionalLong.of(grant.pot()), false);
  }

  private static String settled(long pot) {
    return books.query("SELECT trim_scale(settled) FROM credit_pot WHERE id = " + pot).getFirst();
  }

  @ParameterizedTest
  @EnumSource(LimitReset.class)
  void aWindowIsACalendarsInUtc(LimitReset reset) {
    ApiKey key = books.key(books.account(null), "100", reset);
    long before = System.currentTimeMillis();
    Grant grant = draw(key, "10");
    long later = System.currentTimeMillis();
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    LocalDate first =
        switch (reset) {
          case DAILY -> today;
          case WEEKLY -> today.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
          case MONTHLY -> today.withDayOfMonth(1);
        };
    LocalDate after =
        switch (reset) {
          case DAILY -> first.plusDays(1);
          case WEEKLY -> first.plusWeeks(1);
          case MONTHLY -> first.plusMonths(1);
        };
    assertThat(
            books.query(
                "SELECT window_start AT TIME ZONE 'UTC', window_end AT TIME ZONE 'UTC'"
                    + " FROM credit_pot WHERE id = "
                    + grant.pot()))
        .containsExactly(first + " 00:00:00 " + after + " 00:00:00");
    long left = after.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    assertThat(grant.leftMillis().getAsLong())
        .isBetween(left - later - 1_000, left - before + 1_000);
    drain(key, Instant.now(), 7, grant);
    assertThat(settled(grant.pot())).isEqualTo("7");
    assertThat(draw(key, "0").remaining()).isEqualTo(Money.of("56.25"));
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void whatTheLastWindowSpentDoesNotCountInThisOne() {
    ApiKey key = books.key(books.account(null), "100", LimitReset.DAILY);
    Instant today = LocalDate.now(ZoneOffset.UTC).atStartOfDay(ZoneOffset.UTC).toInstant();
    drain(key, today.minusSeconds(1), 90, OptionalLong.empty(), false);
    drain(key, today, 5, OptionalLong.empty(), false);
    Grant grant = draw(key, "95");
    assertThat(grant.drawn()).isEqualTo(Money.of("95"));
    assertThat(draw(key, "1").drawn()).isEqualTo(Money.of("95"));
    // Minted in the last second of yesterday, held today: it is today's.
    drain(key, today.minusSeconds(1), 3, grant);
    assertThat(settled(grant.pot())).isEqualTo("8");
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void whatAClockThatRunsAheadMintedIsCountedOnce() {
    ApiKey key = books.key(books.account(null), "100", LimitReset.DAILY);
    Instant today = LocalDate.now(ZoneOffset.UTC).atStartOfDay(ZoneOffset.UTC).toInstant();
    String yesterday =
        books
            .query(
                """
                INSERT INTO credit_pot (account_id, key_hash, reset, window_start, window_end, lim, opening, settled)
                VALUES ('%1$s', '%2$s', 'daily', timestamptz '%3$s' - interval '1 day', '%3$s', 100, 0, 0)
                RETURNING id
                """
                    .formatted(key.accountId(), key.hash(), today))
            .getFirst();
    // Held yesterday by the database's clock, minted today by the gateway's.
    drain(key, today, 40, OptionalLong.of(Long.parseLong(yesterday)), false);
    assertThat(settled(Long.parseLong(yesterday))).isEqualTo("40");
    assertThat(draw(key, "100").drawn()).isEqualTo(Money.of("100"));
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void anotherKindOfWindowCountsWhatWasSpentBefore() {
    ApiKey key = books.key(books.account(null), "100", LimitReset.DAILY);
    Grant daily = draw(key, "50");
    drain(key, Instant.now(), 20, daily);
    books.execute("UPDATE api_keys SET limit_reset = 'monthly' WHERE hash = '" + key.hash() + "'");
    Grant monthly = draw(key, "10");
    assertThat(monthly.pot()).isNotEqualTo(daily.pot());
    assertThat(monthly.remaining()).isEqualTo(Money.of("60"));
    drain(key, Instant.now(), 5, monthly);
    assertThat(settled(daily.pot())).isEqualTo("25");
    assertThat(settled(monthly.pot())).isEqualTo("25");
    assertThat(books.wrong()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(LimitReset.class)
  void whatAnAccountPaysItselfCountsWhereTheKeySaysSo(LimitReset reset) {
    ApiKey key = books.key(books.account(null), "100", reset);
    Grant without = draw(key, "10");
    drain(key, Instant.now(), 50, OptionalLong.of(without.pot()), true);
    assertThat(settled(without.pot())).isEqualTo("5");
    books.execute(
        "UPDATE api_keys SET include_byok_in_limit = true WHERE hash = '" + key.hash() + "'");
    Grant with = draw(key, "1");
    assertThat(with.pot()).isNotEqualTo(without.pot());
    assertThat(with.remaining()).isEqualTo(Money.of("33.75"));
    drain(key, Instant.now(), 10, OptionalLong.of(with.pot()), true);
    assertThat(settled(with.pot())).isEqualTo("66");
    assertThat(settled(without.pot())).isEqualTo("6");
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void theCheckNoticesAWindowThatDoesNotAddUp() {
    try (var tampered = new Books()) {
      var theirs = new PostgresCreditBank(tampered.database, null);
      long run = theirs.enter(new Journal.Run(UUID.randomUUID(), 1)).block();
      ApiKey key = tampered.key(tampered.account(null), "100", LimitReset.WEEKLY);
      var wish = new Wish(new Name(key.accountId(), key.hash()), Money.of("1"), Money.of("1"));
      theirs.sync(run, List.of(), List.of(wish)).block();
      assertThat(tampered.wrong()).isEmpty();
      tampered.execute("UPDATE credit_pot SET settled = settled + 0.000000000000000001");
      assertThat(tampered.wrong())
          .singleElement()
          .asString()
          .startsWith("a key's limit of a window is its records' 1 " + key.hash());
    }
  }
}
