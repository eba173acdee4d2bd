package dev.signalbox.gateway.offer;

import dev.signalbox.pricing.PriceOverride;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads what a catalog says an endpoint costs.
final class DeclaredPricing {
  private static final Set<String> OTHER_FIELDS = Set.of("discount", "overrides", "service_tiers");
  private static final Set<String> CONDITIONS = Set.of("min_prompt_tokens", "utc_start", "utc_end");

  private DeclaredPricing() {}

  /// Returns the prices; null without one for prompts and one for completions.
  static @Nullable Pricing of(Declared declared) {
    Map<Item, BigDecimal> prices = prices(declared, OTHER_FIELDS);
    List<PriceOverride> overrides = overrides(declared);
    if (!prices.containsKey(Item.PROMPT) || !prices.containsKey(Item.COMPLETION)) {
      return null;
    }
    return new Pricing(prices, discount(declared), overrides, tiers(declared));
  }

  private static Map<Item, BigDecimal> prices(Declared declared, Set<String> others) {
    var prices = new EnumMap<Item, BigDecimal>(Item.class);
    for (String key : declared.names()) {
      Optional<Item> item = Item.ofKey(key);
      if (item.isPresent()) {
        BigDecimal price = declared.decimal(key, BigDecimal.ZERO);
        if (price.signum() < 0) {
          declared.fault(key, price.toPlainString() + " (expected: >= 0)");
        } else {
          prices.put(item.get(), price);
        }
      } else if (!others.contains(key)) {
        declared.fault(key, "unknown");
      }
    }
    return prices;
  }

  private static List<PriceOverride> overrides(Declared declared) {
    var overrides = new ArrayList<PriceOverride>();
    for (Declared override : declared.children("overrides")) {
      OptionalInt start = hourAndMinute(override.whole("utc_start"));
      OptionalInt end = hourAndMinute(override.whole("utc_end"));
      overrides.add(
          new PriceOverride(
              override.whole("min_prompt_tokens"), start, end, prices(override, CONDITIONS)));
    }
    return overrides;
  }

  private static OptionalInt hourAndMinute(OptionalLong number) {
    return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
  }

  private static BigDecimal discount(Declared declared) {
    BigDecimal discount = declared.decimal("discount", BigDecimal.ZERO);
    if (discount.compareTo(BigDecimal.ONE) > 0) {
      declared.fault("discount", discount.toPlainString() + " (expected: <= 1)");
      return BigDecimal.ZERO;
    }
    return discount;
  }

  private static Map<String, BigDecimal> tiers(Declared declared) {
    var tiers = new HashMap<String, BigDecimal>();
    declared
        .child("service_tiers")
        .ifPresent(
            child -> {
              for (String tier : child.names()) {
                BigDecimal factor = child.decimal(tier, BigDecimal.ONE);
                if (factor.signum() < 0) {
                  child.fault(tier, factor.toPlainString() + " (expected: >= 0)");
                } else {
                  tiers.put(tier, factor);
                }
              }
            });
    return tiers;
  }
}
