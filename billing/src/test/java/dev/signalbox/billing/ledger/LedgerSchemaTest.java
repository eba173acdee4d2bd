package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.PriceOverride;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the tables themselves make sure of.
class LedgerSchemaTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final Pricing PRICES = Pricing.of("0.000001", "0.000002");

  private static Books books;
  private static UsageRecords records;

  @BeforeAll
  static void open() {
    books = new Books();
    records = books.records();
  }

  @AfterAll
  static void close() {
    books.close();
  }

  private static Journal.Entry entry(UsageRecord record) {
    return new Journal.Entry(
        0, record.id(), UsageRow.json(record, OptionalLong.empty(), OptionalLong.empty()));
  }

  @Test
  void anyMultisetOfRecordsInAnyOrderAddsUpToTheSame() {
    ApiKey key = books.key(books.account("1"), null, null);
    var entries = new ArrayList<Journal.Entry>();
    for (int i = 0; i < 50; i++) {
      String id = Books.id(NOW.minus(i % 5, ChronoUnit.DAYS));
      entries.add(entry(Books.record(key, id, NOW, PRICES, Usage.of(100 + i, 10))));
    }
    int added = 0;
    var random = new Random(1);
    for (int round = 0; round < 3; round++) {
      Collections.shuffle(entries, random);
      for (int from = 0; from < 50; from += 10) {
        added += records.insert(entries.subList(from, from + 10)).block();
      }
      added += records.insert(List.of(entries.get(0), entries.get(0), entries.get(1))).block();
    }
    assertThat(added).isEqualTo(50);
    // Σ (100 + i) × 0.000001 + 10 × 0.000002, i = 0 … 49
    assertThat(
            books.query(
                "SELECT sum(requests), trim_scale(sum(charged)), count(*) FROM usage_key_day"
                    + " WHERE key_hash = '%s'".formatted(key.hash())))
        .containsExactly("50 0.007225 5");
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void aRecordIsNeverChangedNorDeleted() {
    ApiKey key = books.key(books.account("1"), null, null);
    records
        .insert(List.of(entry(Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(1, 1)))))
        .block();
    String month = books.query("SELECT tableoid::regclass FROM usage_record LIMIT 1").getFirst();
    for (String sql :
        List.of(
            "UPDATE usage_record SET charged = 0",
            "DELETE FROM usage_record",
            "TRUNCATE usage_record",
            "UPDATE " + month + " SET charged = 0",
            "DELETE FROM " + month,
            "TRUNCATE " + month,
            "TRUNCATE usage_record_elsewhen")) {
      assertThatThrownBy(() -> books.execute(sql)).as(sql).hasMessageContaining("append-only");
    }
    assertThatThrownBy(
            () ->
                books.execute(
                    "INSERT INTO usage_record SELECT (r).* FROM (SELECT"
                        + " jsonb_populate_record(u, '{\"created_at\":\"2026-01-01T00:00:00Z\"}')"
                        + " AS r FROM usage_record u LIMIT 1) x"))
        .hasMessageContaining("usage_record_moment");
  }

  @Test
  void whatARecordLeavesOutIsNothingOrFollowsFromTheRest() {
    ApiKey key = books.key(books.account("1"), null, null);
    var sparse = entry(Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(7, 0)));
    var told = entry(Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(7, 0)));
    records.insert(List.of(sparse)).block();
    books.query(
        "SELECT usage_drain(jsonb_build_array('%s'::jsonb || '%s'::jsonb), gen_random_uuid(), 0, 1)"
            .formatted(Books.ALL_OF_A_RECORD, told.text()));
    String row =
        "SELECT to_jsonb(r) - 'id' - 'batch' FROM usage_record r WHERE id = '%s'"
            .formatted(sparse.id());
    assertThat(sparse.text()).doesNotContain("cache_read_tokens", "requested_model", "waived");
    assertThat(books.query(row)).isEqualTo(books.query(row.replace(sparse.id(), told.id())));
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void aCorrectionIsARowOfItsOwn() {
    ApiKey key = books.key(books.account("1"), null, null);
    var record = Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(1000, 0));
    records.insert(List.of(entry(record))).block();
    books.query("SELECT usage_correct('%s', 0.0004, 'refund')".formatted(record.id()));
    assertThat(
            books.query(
                "SELECT kind, trim_scale(charged) FROM usage_record WHERE key_hash = '%s' ORDER BY 1"
                    .formatted(key.hash())))
        .containsExactly("correction -0.0004", "usage 0.001");
    assertThat(
            books.query(
                "SELECT trim_scale(charged), requests FROM usage_key_day WHERE key_hash = '%s'"
                    .formatted(key.hash())))
        .containsExactly("0.0006 1");
    assertThat(books.wrong()).isEmpty();
  }

  @Test
  void theCheckNoticesWhatDoesNotAddUp() {
    try (var tampered = new Books()) {
      var own = tampered.records();
      ApiKey key = tampered.key(tampered.account("1"), null, null);
      own.insert(List.of(entry(Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(7, 7)))))
          .block();
      assertThat(tampered.wrong()).isEmpty();
      tampered.execute("UPDATE usage_rollup SET charged = charged + 0.000000000000000001");
      assertThat(tampered.wrong())
          .anyMatch(line -> line.startsWith("a day's sums are its records' 1"))
          .anyMatch(line -> line.startsWith("a key's day is the sum of its parts 1"));
      tampered.execute(
          "ALTER TABLE usage_record DISABLE TRIGGER USER;"
              + "UPDATE usage_record SET upstream_prompt_cost = upstream_prompt_cost * 2");
      assertThat(tampered.wrong())
          .anyMatch(line -> line.startsWith("a record follows from its own columns 1"));
    }
  }

  @Test
  void monthsAreMadeAheadAndDroppedAfterTheirTimeAndNothingComesBack() {
    try (var old = new Books()) {
      var own = old.records();
      ApiKey key = old.key(old.account("1"), null, null);
      Instant then = NOW.minus(100, ChronoUnit.DAYS);
      old.execute("SELECT usage_partition('%s')".formatted(then));
      var before = entry(Books.record(key, Books.id(then), then, PRICES, Usage.of(5, 5)));
      own.insert(List.of(before)).block();
      own.insert(List.of(entry(Books.record(key, Books.id(NOW), NOW, PRICES, Usage.of(5, 5)))))
          .block();
      new Upkeep(old.database, null).once().block();
      assertThat(old.query("SELECT count(*) FROM usage_record")).containsExactly("2");
      new Upkeep(old.database, Period.ofDays(62)).once().block();
      assertThat(old.query("SELECT count(*) FROM usage_record")).containsExactly("1");
      assertThat(own.insert(List.of(before)).block()).isZero();
      assertThat(old.query("SELECT sum(requests) FROM usage_rollup")).containsExactly("2");
      assertThat(old.wrong()).isEmpty();
      String ahead =
          "usage_record_"
              + NOW.atOffset(ZoneOffset.UTC)
                  .plusMonths(3)
                  .toString()
                  .substring(0, 7)
                  .replace('-', '_');
      assertThat(old.query("SELECT to_regclass('%s')".formatted(ahead))).containsExactly(ahead);
      assertThat(old.query("SELECT count(*) FROM usage_record_elsewhen")).containsExactly("0");
    }
  }

  @Test
  void aClockFarOffKeepsNoRecordOut() {
    ApiKey key = books.key(books.account("1"), null, null);
    Instant far = Instant.parse("2099-01-01T00:00:00Z");
    var record = entry(Books.record(key, Books.id(far), far, PRICES, Usage.of(5, 5)));
    assertThat(records.insert(List.of(record)).block()).isEqualTo(1);
    assertThat(records.insert(List.of(record)).block()).isZero();
    assertThat(books.wrong()).isEmpty();
  }

  /// I3 and I9: random prices with up to 12 decimals, overrides, a discount and a markup, against
  /// integers of 10⁻³⁰ dollars; then the same computed by the database from the row itself.
  @Test
  void everyPriceIsExact() {
    var random = new Random(42);
    ApiKey key = books.key(books.account("1"), null, null);
    var entries = new ArrayList<Journal.Entry>();
    int examined = 0;
    for (int i = 0; i < 100_000; i++) {
      Pricing pricing = pricing(random);
      Usage usage = usage(random);
      BigDecimal percent = BigDecimal.valueOf(random.nextInt(1_000_000), 4 - random.nextInt(3));
      Cost cost = pricing.cost(usage, NOW);
      Money charged = cost.total().times(BigDecimal.ONE.add(percent.movePointLeft(2)));
      BigInteger oracle = oracle(pricing, usage, percent);
      assertThat(charged.usd().setScale(30).unscaledValue()).isEqualTo(oracle);
      examined++;
      if (i % 50 == 0) {
        entries.add(
            entry(
                Books.record(
                    key,
                    Books.id(NOW),
                    NOW,
                    pricing,
                    usage,
                    percent,
                    cut(cost),
                    cut(cut(cost).total().times(BigDecimal.ONE.add(percent.movePointLeft(2)))),
                    Money.ZERO,
                    false)));
      }
    }
    assertThat(examined).isEqualTo(100_000);
    for (int from = 0; from < entries.size(); from += 500) {
      records.insert(entries.subList(from, from + 500)).block();
    }
    assertThat(books.wrong()).isEmpty();
  }

  private static Cost cut(Cost cost) {
    return new Cost(cut(cost.prompt()), cut(cost.completion()), cut(cost.other()));
  }

  private static Money cut(Money amount) {
    return new Money(amount.usd().setScale(18, java.math.RoundingMode.DOWN));
  }

  private static Pricing pricing(Random random) {
    var prices = prices(random, 0.6);
    prices.putIfAbsent(Pricing.Item.PROMPT, BigDecimal.valueOf(random.nextInt(100_000), 12));
    prices.putIfAbsent(Pricing.Item.COMPLETION, BigDecimal.valueOf(random.nextInt(100_000), 12));
    var overrides = new ArrayList<PriceOverride>();
    for (int i = random.nextInt(3); i > 0; i--) {
      overrides.add(
          new PriceOverride(
              random.nextBoolean()
                  ? OptionalLong.of(random.nextInt(200_000))
                  : OptionalLong.empty(),
              random.nextInt(4) == 0
                  ? OptionalInt.of(random.nextInt(24) * 100)
                  : OptionalInt.empty(),
              OptionalInt.of(random.nextInt(24) * 100),
              prices(random, 0.3)));
    }
    BigDecimal discount = BigDecimal.valueOf(random.nextInt(3) * 5, 2);
    return new Pricing(prices, discount, overrides);
  }

  private static Map<Pricing.Item, BigDecimal> prices(Random random, double share) {
    var prices = new EnumMap<Pricing.Item, BigDecimal>(Pricing.Item.class);
    for (Pricing.Item item : Pricing.Item.values()) {
      if (random.nextDouble() < share) {
        prices.put(item, BigDecimal.valueOf(random.nextInt(100_000_000), 12));
      }
    }
    return prices;
  }

  private static Usage usage(Random random) {
    return new Usage(
        random.nextInt(1_000_000),
        random.nextInt(1000),
        random.nextInt(1000),
        random.nextInt(100_000),
        random.nextInt(1000),
        random.nextInt(10_000),
        random.nextInt(10_000),
        random.nextInt(100_000),
        random.nextInt(100_000),
        random.nextInt(1000),
        random.nextInt(1000),
        random.nextInt(10),
        random.nextInt(10));
  }

  /// The contract's formula in whole numbers of 10⁻³⁰ dollars.
  private static BigInteger oracle(Pricing pricing, Usage usage, BigDecimal percent) {
    var counts =
        Map.ofEntries(
            Map.entry(Pricing.Item.PROMPT, usage.freshPrompt()),
            Map.entry(Pricing.Item.IMAGE_TOKEN, usage.imagePrompt()),
            Map.entry(Pricing.Item.AUDIO, usage.audioPrompt()),
            Map.entry(Pricing.Item.INPUT_AUDIO_CACHE, usage.audioCacheRead()),
            Map.entry(Pricing.Item.INPUT_CACHE_READ, usage.cacheRead()),
            Map.entry(Pricing.Item.INPUT_CACHE_WRITE, usage.cacheWrite()),
            Map.entry(Pricing.Item.INPUT_CACHE_WRITE_1H, usage.cacheWrite1h()),
            Map.entry(Pricing.Item.COMPLETION, usage.visible()),
            Map.entry(Pricing.Item.INTERNAL_REASONING, usage.reasoning()),
            Map.entry(Pricing.Item.AUDIO_OUTPUT, usage.audioCompletion()),
            Map.entry(Pricing.Item.IMAGE_OUTPUT, usage.imageCompletion()),
            Map.entry(Pricing.Item.REQUEST, 1L),
            Map.entry(Pricing.Item.IMAGE, usage.images()),
            Map.entry(Pricing.Item.WEB_SEARCH, usage.webSearches()));
    var sum = BigInteger.ZERO;
    for (var count : counts.entrySet()) {
      BigInteger price = price(pricing, usage, count.getKey());
      sum = sum.add(price.multiply(BigInteger.valueOf(count.getValue())));
    }
    // price 10⁻¹², discount 10⁻², factor 10⁻⁶: 10⁻²⁰
    return sum.multiply(
            BigInteger.valueOf(100).subtract(pricing.discount().setScale(2).unscaledValue()))
        .multiply(BigInteger.valueOf(1_000_000).add(percent.setScale(4).unscaledValue()))
        .multiply(BigInteger.TEN.pow(10));
  }

  private static BigInteger price(Pricing pricing, Usage usage, Pricing.Item item) {
    BigDecimal price = listed(pricing, usage, item);
    if (price == null) {
      price =
          switch (item) {
            case INPUT_CACHE_WRITE_1H -> standIn(pricing, usage, Pricing.Item.INPUT_CACHE_WRITE);
            case INPUT_AUDIO_CACHE -> standIn(pricing, usage, Pricing.Item.INPUT_CACHE_READ);
            case AUDIO, IMAGE_TOKEN, INPUT_CACHE_READ, INPUT_CACHE_WRITE ->
                listed(pricing, usage, Pricing.Item.PROMPT);
            case INTERNAL_REASONING, AUDIO_OUTPUT, IMAGE_OUTPUT ->
                listed(pricing, usage, Pricing.Item.COMPLETION);
            default -> BigDecimal.ZERO;
          };
    }
    return price.setScale(12).unscaledValue();
  }

  private static BigDecimal standIn(Pricing pricing, Usage usage, Pricing.Item item) {
    BigDecimal price = listed(pricing, usage, item);
    return price == null ? listed(pricing, usage, Pricing.Item.PROMPT) : price;
  }

  private static BigDecimal listed(Pricing pricing, Usage usage, Pricing.Item item) {
    var now = NOW.atOffset(ZoneOffset.UTC);
    int clock = now.getHour() * 100 + now.getMinute();
    BigDecimal price = pricing.prices().get(item);
    for (PriceOverride override : pricing.overrides()) {
      boolean applies =
          usage.promptTokens() > override.minPromptTokens().orElse(-1)
              && (override.utcStart().isEmpty()
                  || within(clock, override.utcStart().getAsInt(), override.utcEnd().getAsInt()));
      if (applies && override.prices().containsKey(item)) {
        price = override.prices().get(item);
      }
    }
    return price;
  }

  private static boolean within(int clock, int start, int end) {
    return start <= end ? clock >= start && clock < end : clock >= start || clock < end;
  }
}
