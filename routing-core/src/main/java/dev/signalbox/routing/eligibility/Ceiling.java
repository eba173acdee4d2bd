package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Offering;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The most that a caller pays for an item (`max_price`).
///
/// @param cap USD per million tokens, or per unit of what is no token
/// @param roughly USD per unit, for the comparisons that are not close
record Ceiling(Item item, BigDecimal cap, double roughly) {
  /// Prices nearer than this to a ceiling, relative to it, are compared exactly.
  private static final double CLOSE = 1e-9;

  private static final int MILLION = 6;
  private static final Ceiling[] NONE = {};

  static Ceiling[] of(Map<String, BigDecimal> own, Map<String, BigDecimal> account) {
    if (own.isEmpty() && account.isEmpty()) {
      return NONE;
    }
    var ceilings = new ArrayList<Ceiling>(own.size() + account.size());
    own.forEach((key, cap) -> add(key, cap, ceilings));
    account.forEach((key, cap) -> add(key, cap, ceilings));
    return ceilings.toArray(NONE);
  }

  private static void add(String key, BigDecimal cap, List<Ceiling> ceilings) {
    Item item = Item.ofKey(key).orElse(null);
    if (item != null) {
      double roughly = cap.doubleValue();
      ceilings.add(new Ceiling(item, cap, isPerToken(item) ? roughly / 1e6 : roughly));
    }
  }

  /// Tokens are capped per million, all else per unit.
  private static boolean isPerToken(Item item) {
    return item == Item.PROMPT || item == Item.COMPLETION;
  }

  boolean isBelow(Offering offering, long promptTokens, Instant at) {
    if (!offering.pricesVary()) {
      switch (item) {
        case PROMPT -> {
          if (!isClose(offering.prompt())) {
            return offering.prompt() > roughly;
          }
        }
        case COMPLETION -> {
          if (!isClose(offering.completion())) {
            return offering.completion() > roughly;
          }
        }
        default -> {
          if (!offering.hasPriceOf(item)) {
            return roughly < 0;
          }
        }
      }
    }
    BigDecimal price = offering.endpoint().listPricing().inForce(item, promptTokens, at);
    return (isPerToken(item) ? price.movePointRight(MILLION) : price).compareTo(cap) > 0;
  }

  private boolean isClose(double price) {
    return Math.abs(price - roughly) <= CLOSE * Math.abs(roughly);
  }
}
