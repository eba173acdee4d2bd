package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/// What a call may cost, and what it did.
///
/// @param pricing the prices in force
/// @param markupPercent the operator's share
/// @param factor what the upstream cost is multiplied with
/// @param waived nothing is due, whatever it cost
/// @param upstream the provider's price of what was consumed
/// @param charged what the account pays
/// @param overrun what is due beyond what its credit covers
record Charging(
    Pricing pricing,
    BigDecimal markupPercent,
    BigDecimal factor,
    boolean waived,
    Cost upstream,
    Money charged,
    Money overrun) {
  /// What an answer is assumed to be long at most when the caller sets no limit, in tokens.
  private static final long ASSUMED_COMPLETION = 4096;

  /// The decimals that the ledger keeps. Prices of 12 decimals with a markup of 4 never need more.
  private static final int DECIMALS = 18;

  /// Prices an answer. An answer that failed, or that is empty and has no reason to be, is free
  /// (contract, section 3.23).
  static Charging of(Call call, Endpoint endpoint, Ending ending, boolean failed, Hold hold) {
    Pricing pricing = endpoint.pricing().inForce(ending.usage().promptTokens(), call.createdAt());
    BigDecimal percent = percent(call, endpoint);
    BigDecimal factor = factor(percent);
    Cost exact = pricing.cost(ending.usage(), call.createdAt());
    var cost = new Cost(kept(exact.prompt()), kept(exact.completion()), kept(exact.other()));
    boolean waived =
        failed
            || (ending.usage().completionTokens() == 0
                && ending.finishReason().isEmpty()
                && call.glance().surface().kind() != Kind.EMBEDDING);
    Money due = waived ? Money.ZERO : kept(cost.total().times(factor));
    Money charged = hold.cover(due);
    return new Charging(pricing, percent, factor, waived, cost, charged, due.minus(charged));
  }

  /// Returns what a provider is known to charge for an answer of which nothing was shown.
  static Money ofFailed(Call call, Endpoint endpoint, Ending ending) {
    return ending.usageReported()
        ? kept(endpoint.pricing().cost(ending.usage(), call.createdAt()).total())
        : Money.ZERO;
  }

  /// Cuts off what the ledger has no place for, before anybody is told of it.
  private static Money kept(Money amount) {
    return amount.usd().scale() <= DECIMALS
        ? amount
        : new Money(amount.usd().setScale(DECIMALS, RoundingMode.DOWN));
  }

  private static BigDecimal percent(Call call, Endpoint endpoint) {
    return call.offer().markups().percentFor(endpoint, call.key().accountId());
  }

  private static BigDecimal factor(BigDecimal percent) {
    return BigDecimal.ONE.add(percent.movePointLeft(2));
  }

  private static Money marked(Money cost, BigDecimal percent) {
    return percent.signum() == 0 ? cost : cost.times(factor(percent));
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
