package dev.signalbox.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricingTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private static PriceOverride override(
      OptionalLong above, OptionalInt from, OptionalInt to, String prompt) {
    return new PriceOverride(above, from, to, Map.of(Item.PROMPT, new BigDecimal(prompt)));
  }

  private static Pricing pricing(String discount, PriceOverride... overrides) {
    return new Pricing(
        Map.of(Item.PROMPT, new BigDecimal("2"), Item.COMPLETION, new BigDecimal("3")),
        new BigDecimal(discount),
        List.of(overrides));
  }

  private static String total(Pricing pricing, long prompt, String at) {
    return pricing.cost(Usage.of(prompt, 0), Instant.parse(at)).total().toString();
  }

  @Test
  void tokensWithoutAPriceOfTheirOwnCostWhatTheyArePartOf() {
    var usage = new Usage(1, 0, 10, 0, 0, 1, 10, 0, 0, 0, 0);
    Cost cost = pricing("0").cost(usage, NOON);
    assertThat(cost.prompt()).isEqualTo(Money.of("22"));
    assertThat(cost.completion()).isEqualTo(Money.of("33"));
    assertThat(cost.other()).isEqualTo(Money.ZERO);
  }

  @Test
  void discountsAndMarkupsAreExact() {
    Pricing raised = pricing("0.1").withMarkup(new BigDecimal("5.5"));
    assertThat(raised.cost(Usage.of(1, 1), NOON).total()).isEqualTo(Money.of("4.7475"));
  }

  @Test
  void anOverrideNeedsStrictlyMoreTokensAndTheLaterOneWins() {
    var none = OptionalInt.empty();
    Pricing pricing =
        pricing(
            "0",
            override(OptionalLong.of(10), none, none, "5"),
            override(OptionalLong.of(20), none, none, "7"));
    assertThat(total(pricing, 10, "2026-03-01T12:00:00Z")).isEqualTo("20");
    assertThat(total(pricing, 11, "2026-03-01T12:00:00Z")).isEqualTo("55");
    assertThat(total(pricing, 21, "2026-03-01T12:00:00Z")).isEqualTo("147");
  }

  @Test
  void aWindowMayWrapMidnight() {
    Pricing pricing =
        pricing("0", override(OptionalLong.empty(), OptionalInt.of(1630), OptionalInt.of(30), "1"));
    assertThat(total(pricing, 1, "2026-03-01T16:29:59Z")).isEqualTo("2");
    assertThat(total(pricing, 1, "2026-03-01T16:30:00Z")).isEqualTo("1");
    assertThat(total(pricing, 1, "2026-03-01T00:29:59Z")).isEqualTo("1");
    assertThat(total(pricing, 1, "2026-03-01T00:30:00Z")).isEqualTo("2");
  }

  /// Each price is a prime, so that a sum tells what it is of.
  private static final Map<Item, String> PRIMES =
      Map.ofEntries(
          Map.entry(Item.PROMPT, "2"),
          Map.entry(Item.COMPLETION, "3"),
          Map.entry(Item.REQUEST, "5"),
          Map.entry(Item.IMAGE, "7"),
          Map.entry(Item.IMAGE_OUTPUT, "11"),
          Map.entry(Item.IMAGE_TOKEN, "13"),
          Map.entry(Item.AUDIO, "17"),
          Map.entry(Item.AUDIO_OUTPUT, "19"),
          Map.entry(Item.INPUT_AUDIO_CACHE, "23"),
          Map.entry(Item.INPUT_CACHE_READ, "29"),
          Map.entry(Item.INPUT_CACHE_WRITE, "31"),
          Map.entry(Item.INPUT_CACHE_WRITE_1H, "37"),
          Map.entry(Item.INTERNAL_REASONING, "41"),
          Map.entry(Item.WEB_SEARCH, "43"));

  private static Pricing primes(Item... without) {
    var prices = new java.util.EnumMap<Item, BigDecimal>(Item.class);
    PRIMES.forEach((item, price) -> prices.put(item, new BigDecimal(price)));
    List.of(without).forEach(prices::remove);
    return new Pricing(prices, BigDecimal.ZERO, List.of());
  }

  /// What one of each costs, and what it costs where it has no price of its own, and none of what
  /// stands in for that either.
  @ParameterizedTest
  @CsvSource({
    "0,  PROMPT,                2,  ,                   ",
    "1,  IMAGE_TOKEN,          13, PROMPT,            2 ",
    "2,  AUDIO,                17, PROMPT,            2 ",
    "3,  INPUT_CACHE_READ,     29, PROMPT,            2 ",
    "4,  INPUT_AUDIO_CACHE,    23, INPUT_CACHE_READ, 29 ",
    "5,  INPUT_CACHE_WRITE,    31, PROMPT,            2 ",
    "6,  INPUT_CACHE_WRITE_1H, 37, INPUT_CACHE_WRITE,31 ",
    "7,  COMPLETION,            3,  ,                   ",
    "8,  INTERNAL_REASONING,   41, COMPLETION,        3 ",
    "9,  AUDIO_OUTPUT,         19, COMPLETION,        3 ",
    "10, IMAGE_OUTPUT,         11, COMPLETION,        3 ",
    "11, IMAGE,                 7, NONE,              0 ",
    "12, WEB_SEARCH,           43, NONE,              0 "
  })
  void everythingHasItsPriceOrThatOfWhatItIsPartOf(
      int part, Item item, String price, String standIn, String other) {
    var one = new long[13];
    one[part] = 1;
    Usage usage = usage(one);
    assertThat(primes().cost(usage, NOON).total()).isEqualTo(Money.of(price).plus(Money.of("5")));
    if (standIn != null) {
      assertThat(primes(item, Item.REQUEST).cost(usage, NOON).total()).isEqualTo(Money.of(other));
    }
    // Of what stands in, the next one does.
    Pricing least =
        new Pricing(
            Map.of(Item.PROMPT, new BigDecimal("2"), Item.COMPLETION, new BigDecimal("3")),
            BigDecimal.ZERO,
            List.of());
    String last = part < 7 ? "2" : part < 11 ? "3" : "0";
    assertThat(least.cost(usage, NOON).total()).isEqualTo(Money.of(last));
    assertThat(usage.promptTokens()).isEqualTo(part < 7 ? 1 : 0);
    assertThat(usage.completionTokens()).isEqualTo(part >= 7 && part < 11 ? 1 : 0);
  }

  private static Usage usage(long... n) {
    return new Usage(
        n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]);
  }

  @Test
  void aDiscountIsTakenOffEverything() {
    Usage all = usage(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    BigDecimal sum =
        PRIMES.values().stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
    assertThat(primes().cost(all, NOON).total().usd()).isEqualByComparingTo(sum);
    for (String discount : List.of("0.25", "-0.1", "1")) {
      var pricing = new Pricing(primes().prices(), new BigDecimal(discount), List.of());
      assertThat(pricing.cost(all, NOON).total().usd())
          .isEqualByComparingTo(sum.multiply(BigDecimal.ONE.subtract(new BigDecimal(discount))));
    }
  }

  /// Contract, C220.
  @Test
  void cachedTokensCostATenthOnce() {
    var pricing =
        new Pricing(
            Map.of(
                Item.PROMPT, new BigDecimal("0.00001"),
                Item.COMPLETION, new BigDecimal("0.00003"),
                Item.INPUT_CACHE_READ, new BigDecimal("0.000001")),
            BigDecimal.ZERO,
            List.of());
    assertThat(pricing.cost(new Usage(200, 0, 800, 0, 0, 7, 0, 0, 0, 0, 0), NOON).total())
        .isEqualTo(Money.of("0.00301"));
  }

  @Test
  void aServiceTierMultipliesEveryPriceAndThoseOfOverrides() {
    var pricing =
        new Pricing(
            primes().prices(),
            new BigDecimal("0.5"),
            List.of(override(OptionalLong.of(10), OptionalInt.empty(), OptionalInt.empty(), "100")),
            Map.of("priority", new BigDecimal("2"), "flex", new BigDecimal("0.5")));
    Usage usage = new Usage(10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    // (10 × 2 + 3 + 43 + 5) / 2
    assertThat(pricing.cost(usage, NOON).total()).isEqualTo(Money.of("35.5"));
    assertThat(pricing.ofTier("priority").cost(usage, NOON).total()).isEqualTo(Money.of("71"));
    assertThat(pricing.ofTier("flex").cost(usage, NOON).total()).isEqualTo(Money.of("17.75"));
    assertThat(pricing.ofTier("batch").cost(usage, NOON).total()).isEqualTo(Money.of("35.5"));
    Usage longer = new Usage(11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(pricing.ofTier("priority").cost(longer, NOON).total()).isEqualTo(Money.of("1105"));
    assertThat(pricing.withMarkup(BigDecimal.TEN).ofTier("priority").cost(usage, NOON).total())
        .isEqualTo(Money.of("78.1"));
    // In force, nothing is multiplied again.
    assertThat(pricing.ofTier("priority").inForce(11, NOON).ofTier("priority").cost(longer, NOON))
        .isEqualTo(pricing.ofTier("priority").cost(longer, NOON));
  }

  @Test
  void aWindowAndALengthMustBothHold() {
    Pricing pricing =
        pricing("0", override(OptionalLong.of(10), OptionalInt.of(900), OptionalInt.of(1700), "5"));
    assertThat(total(pricing, 11, "2026-03-01T12:00:00Z")).isEqualTo("55");
    assertThat(total(pricing, 10, "2026-03-01T12:00:00Z")).isEqualTo("20");
    assertThat(total(pricing, 11, "2026-03-01T17:00:00Z")).isEqualTo("22");
    assertThat(total(pricing, 11, "2026-03-01T09:00:00Z")).isEqualTo("55");
  }
}
