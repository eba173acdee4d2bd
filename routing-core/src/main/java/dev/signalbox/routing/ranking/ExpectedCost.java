package dev.signalbox.routing.ranking;

import dev.signalbox.catalog.Offering;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.request.RoutingRequest;
import java.time.Instant;

/// What a request may cost, in USD: only ever compared, never charged.
///
/// @param completionTokens as many as the caller allows, or as is usual
/// @param at tells which prices are in force
public record ExpectedCost(long promptTokens, long completionTokens, Instant at) {
  /// How long the answer is assumed to be when the caller sets no limit, in tokens.
  private static final long ASSUMED_COMPLETION = 512;

  public static ExpectedCost of(RoutingRequest request, Instant at) {
    return new ExpectedCost(
        Math.max(1, request.promptTokens()), request.maxTokens().orElse(ASSUMED_COMPLETION), at);
  }

  public double usd(Offering offering) {
    if (offering.pricesVary()) {
      return offering
          .endpoint()
          .listPricing()
          .cost(Usage.of(promptTokens, completionTokens), at)
          .total()
          .usd()
          .doubleValue();
    }
    return promptTokens * offering.prompt()
        + completionTokens * offering.completion()
        + offering.request();
  }
}
