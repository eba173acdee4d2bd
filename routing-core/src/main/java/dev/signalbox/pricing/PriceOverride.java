package dev.signalbox.pricing;

import java.math.BigDecimal;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Prices that replace the listed ones while all its conditions hold.
///
/// @param minPromptTokens applies to prompts of strictly more tokens
/// @param utcStart first minute of the day, UTC, as HHMM; with [#utcEnd], may wrap midnight
/// @param utcEnd the minute after the last, UTC, as HHMM
/// @param prices USD per unit
public record PriceOverride(
    OptionalLong minPromptTokens,
    OptionalInt utcStart,
    OptionalInt utcEnd,
    Map<Pricing.Item, BigDecimal> prices) {
  public PriceOverride {
    prices = Map.copyOf(prices);
  }
}
