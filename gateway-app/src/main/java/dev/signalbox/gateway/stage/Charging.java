package dev.signalbox.gateway.stage;

import dev.signalbox.billing.credit.Dues;
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

  /// What a caller who sets no limit must be able to pay for, in tokens.
  private static final long LEAST_COMPLETION = 16;

  /// The decimals that the ledger keeps. Prices of 12 decimals with a markup of 4 never need more.
  private static final int DECIMALS = 18;

  /// What an answer costs, before it is known what the account's credit covers.
  ///
  /// @param ending with all that was consumed
  /// @param money what the account is to pay
  /// @param dues what that takes from its pots
  record Due(
      Ending ending,
      Pricing pricing,
      BigDecimal markupPercent,
      BigDecimal factor,
      boolean waived,
      Cost upstream,
      Money money,
      Dues dues) {}

  /// Prices an answer. An answer that failed, or that is empty and has no reason to be, is free.
  static Due due(Call call, Candidate candidate, Ending told, boolean failed) {
    Ending ending = told.with(withImages(call, candidate, told.usage()));
    Usage usage = ending.usage();
    Pricing pricing =
        TierPrices.served(call.offer().catalog(), candidate.endpoint(), ending.serviceTier())
            .inForce(usage.promptTokens(), call.createdAt());
    BigDecimal factor = factor(call, candidate);
    Cost exact = pricing.cost(usage, call.createdAt());
    var cost = new Cost(kept(exact.prompt()), kept(exact.completion()), kept(exact.other()));
    boolean waived =
        failed
            || (usage.completionTokens() == 0
                && ending.finishReason().isEmpty()
                && call.glance().surface().kind() != Kind.EMBEDDING);
    Money due = waived ? Money.ZERO : kept(cost.total().times(factor));
    return new Due(
        ending,
        pricing,
        percent(call, candidate),
        factor,
        waived,
        cost,
        due,
        dues(call, candidate, due, cost.total()));
  }

  private static Usage withImages(Call call, Candidate candidate, Usage usage) {
    return usage.withImages(
        Math.max(
            usage.images(), PromptImages.priced(call.glance(), candidate.endpoint().pricing())));
  }

  /// Charges what is due, as far as what is held covers it.
  static Charging of(Due due, Hold hold) {
    Money charged = hold.cover(due.dues());
    return new Charging(
        due.pricing(),
        due.markupPercent(),
        due.factor(),
        due.waived(),
        due.upstream(),
        charged,
        due.money().minus(charged));
  }

  /// Returns what a provider is known to charge for an answer of which nothing was shown.
  static Money ofFailed(Call call, Endpoint endpoint, Ending ending) {
    return ending.usageReported()
            && !Consumption.isExcessive(call.glance(), endpoint, ending.usage())
        ? kept(
            TierPrices.served(call.offer().catalog(), endpoint, ending.serviceTier())
                .cost(ending.usage(), call.createdAt())
                .total())
        : Money.ZERO;
  }

  /// A limit may count what the account pays a provider itself.
  private static Dues dues(Call call, Candidate candidate, Money due, Money upstream) {
    return candidate.own() && call.key().includeByokInLimit()
        ? new Dues(due, due.plus(upstream))
        : Dues.of(due);
  }

  /// Cuts off what the ledger has no place for, before anybody is told of it.
  private static Money kept(Money amount) {
    return amount.usd().scale() <= DECIMALS
        ? amount
        : new Money(amount.usd().setScale(DECIMALS, RoundingMode.DOWN));
  }

  private static BigDecimal percent(Call call, Candidate candidate) {
    return candidate.own()
        ? BigDecimal.ZERO
        : call.offer().markups().percentFor(candidate.endpoint(), call.key().accountId());
  }

  /// What the account pays of what the provider charges: all of it and the markup, or the fee alone
  /// where it pays the provider itself.
  private static BigDecimal factor(Call call, Candidate candidate) {
    if (candidate.own()) {
      return call.byokFeePercent().movePointLeft(2);
    }
    BigDecimal percent = percent(call, candidate);
    return percent.signum() == 0 ? BigDecimal.ONE : BigDecimal.ONE.add(percent.movePointLeft(2));
  }

  /// What a call may cost at its dearest candidate.
  ///
  /// @param wanted what should be set aside
  /// @param least what will do where there is no more: then the answer is kept shorter
  record Expected(Dues wanted, Dues least) {}

  /// Returns what must be set aside. A stream begins with a part of it and extends that as it
  /// grows; whoever names no length of their own can be content with less.
  static Expected expected(Call call, List<Candidate> candidates) {
    Dues wanted = Dues.ZERO;
    Dues least = Dues.ZERO;
    for (Candidate candidate : candidates) {
      Endpoint endpoint = candidate.endpoint();
      long completion = completion(call, endpoint);
      long enough = call.glance().maxTokens().isPresent() ? completion : LEAST_COMPLETION;
      Dues most = price(call, candidate, completion);
      wanted = wanted.most(most);
      least = least.most(enough >= completion ? most : price(call, candidate, enough));
    }
    return new Expected(wanted, least);
  }

  private static long completion(Call call, Endpoint endpoint) {
    if (call.glance().surface().kind() == Kind.EMBEDDING) {
      return 0;
    }
    long assumed = call.glance().stream() ? Allowance.STEP_TOKENS : ASSUMED_COMPLETION;
    long most = call.glance().maxTokens().orElse(endpoint.maxCompletionTokens().orElse(assumed));
    boolean capped = call.glance().maxTokens().isPresent() && !call.glance().stream();
    return capped ? most : Math.min(most, assumed);
  }

  /// Returns what an estimated prompt and so many tokens of an answer take.
  static Dues price(Call call, Candidate candidate, long completion) {
    return price(call, candidate, call.glance().promptTokens(), completion);
  }

  private static Dues price(Call call, Candidate candidate, long prompt, long completion) {
    Pricing pricing = TierPrices.dearest(call, candidate.endpoint());
    Usage usage =
        Usage.of(prompt, completion).withImages(PromptImages.priced(call.glance(), pricing));
    Money cost = pricing.cost(usage, call.createdAt()).total();
    return dues(call, candidate, cost.times(factor(call, candidate)), cost);
  }

  /// Returns how many tokens of an answer an amount pays for, after the prompt.
  static long affordable(Call call, List<Candidate> candidates, Dues amount) {
    long fewest = Long.MAX_VALUE;
    for (Candidate candidate : candidates) {
      Dues prompt = price(call, candidate, 0);
      Dues token = price(call, candidate, 1).minus(prompt);
      Dues left = amount.minus(prompt);
      fewest = Math.min(fewest, tokens(left.account(), token.account()));
      fewest = Math.min(fewest, tokens(left.key(), token.key()));
    }
    return Math.max(0, fewest);
  }

  /// Returns how long a prompt an amount pays for where that is most, in tokens; empty if it pays
  /// for the one there is.
  static OptionalLong affordablePrompt(Call call, List<Candidate> candidates, Money amount) {
    long prompt = call.glance().promptTokens();
    long longest = 0;
    for (Candidate candidate : candidates) {
      Money whole = price(call, candidate, 0).account();
      Money none = price(call, candidate, 0, 0).account();
      Money left = amount.minus(none);
      if (amount.compareTo(whole) >= 0) {
        return OptionalLong.empty();
      }
      if (left.usd().signum() > 0) {
        BigDecimal tokens =
            left.usd()
                .multiply(BigDecimal.valueOf(prompt))
                .divideToIntegralValue(whole.minus(none).usd());
        longest = Math.max(longest, tokens.longValue());
      }
    }
    return OptionalLong.of(longest);
  }

  private static long tokens(Money left, Money token) {
    return token.isZero()
        ? Long.MAX_VALUE
        : left.usd().divideToIntegralValue(token.usd()).longValue();
  }
}
