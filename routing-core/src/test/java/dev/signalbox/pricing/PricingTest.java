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
}
