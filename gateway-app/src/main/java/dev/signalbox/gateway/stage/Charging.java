package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.plan.Candidate;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/// What a call may cost, and what it did.
///
/// @param markupPercent the operator's share
/// @param upstream the provider's price of what was consumed
/// @param charged what the account pays
record Charging(BigDecimal markupPercent, Cost upstream, Money charged) {
  /// What an answer is assumed to be long at most when the caller sets no limit, in tokens.
  private static final long ASSUMED_COMPLETION = 4096;

  /// Prices an answer. An answer that failed, or that is empty and has no reason to be, is free
  /// (contract, section 3.23).
  static Charging of(Call call, Endpoint endpoint, Ending ending, boolean failed) {
    BigDecimal percent = percent(call, endpoint);
    Cost cost = endpoint.pricing().cost(ending.usage(), call.createdAt());
    boolean free =
        failed
            || (ending.usage().completionTokens() == 0
                && ending.finishReason().isEmpty()
                && call.glance().surface().kind()
                    != dev.signalbox.routing.request.RoutingRequest.Kind.EMBEDDING);
    return new Charging(percent, cost, free ? Money.ZERO : marked(cost.total(), percent));
  }

  private static BigDecimal percent(Call call, Endpoint endpoint) {
    return call.offer().markups().percentFor(endpoint, call.key().accountId());
  }

  private static Money marked(Money cost, BigDecimal percent) {
    return percent.signum() == 0 ? cost : cost.times(BigDecimal.ONE.add(percent.movePointLeft(2)));
  }

  /// Returns what the dearest candidate may cost: what must be set aside.
  static Money atMost(Call call, List<Candidate> candidates, long promptTokens) {
    Money dearest = Money.ZERO;
    OptionalLong cap = call.glance().maxTokens();
    Instant now = call.createdAt();
    for (Candidate candidate : candidates) {
      Endpoint endpoint = candidate.endpoint();
      Pricing pricing = endpoint.pricing();
      long completion =
          cap.orElse(
              Math.min(
                  endpoint.maxCompletionTokens().orElse(ASSUMED_COMPLETION), ASSUMED_COMPLETION));
      Money price =
          marked(
              pricing.cost(Usage.of(promptTokens, completion), now).total(),
              percent(call, endpoint));
      if (price.compareTo(dearest) > 0) {
        dearest = price;
      }
    }
    return dearest;
  }
}
