package dev.signalbox.routing.eligibility;

import dev.signalbox.catalog.Offering;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/// The most that a caller pays for an item (contract, section 3.5, `max_price`).
///
/// @param usd per unit
/// @param roughly the same, for the comparisons that are not close
record Ceiling(Item item, BigDecimal usd, double roughly) {
  /// Prices nearer than this to a ceiling, relative to it, are compared exactly.
  private static final double CLOSE = 1e-9;

  private static final Ceiling[] NONE = {};

  static Ceiling[] of(Map<String, BigDecimal> own, Map<String, BigDecimal> account) {
    if (own.isEmpty() && account.isEmpty()) {
      return NONE;
    }
    var ceilings = new ArrayList<Ceiling>(own.size() + account.size());
    own.forEach((key, cap) -> of(key, cap).ifPresent(ceilings::add));
    account.forEach((key, cap) -> of(key, cap).ifPresent(ceilings::add));
    return ceilings.toArray(NONE);
  }

  /// Tokens are capped per million, all else per unit.
  private static Optional<Ceiling> of(String key, BigDecimal cap) {
    return Item.ofKey(key)
        .map(
            item -> {
              boolean perToken = item == Item.PROMPT || item == Item.COMPLETION;
              BigDecimal usd = perToken ? cap.movePointLeft(6) : cap;
              return new Ceiling(item, usd, usd.doubleValue());
            });
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
    return offering.endpoint().listPricing().inForce(item, promptTokens, at).compareTo(usd) > 0;
  }

  private boolean isClose(double price) {
    return Math.abs(price - roughly) <= CLOSE * Math.abs(roughly);
  }
}
