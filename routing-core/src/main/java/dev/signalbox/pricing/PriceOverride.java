package dev.signalbox.pricing;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
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

  boolean applies(long promptTokens, OffsetDateTime at) {
    if (minPromptTokens.isPresent() && promptTokens <= minPromptTokens.getAsLong()) {
      return false;
    }
    if (utcStart.isEmpty() || utcEnd.isEmpty()) {
      return true;
    }
    int now = at.getHour() * 100 + at.getMinute();
    int start = utcStart.getAsInt();
    int end = utcEnd.getAsInt();
    return start <= end ? now >= start && now < end : now >= start || now < end;
  }
}
