package dev.signalbox.gateway.stage;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.limit.BoughtCredit;
import dev.signalbox.billing.limit.FreeModelCaps;
import dev.signalbox.billing.limit.Quota;
import dev.signalbox.billing.limit.Quota.Window;
import dev.signalbox.billing.limit.RateLimitedException;
import dev.signalbox.billing.limit.RateLimits;
import dev.signalbox.billing.limit.RateLimits.Claim;
import dev.signalbox.billing.limit.Ticket;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Holds calls to the rates that their key and their account are allowed.
public final class Limiting {
  private static final String FREE = ":free";

  /// How long an answer is taken to be where the caller sets no limit.
  private static final long ASSUMED_TOKENS = 4096;

  private static final String DAILY = "free-models-per-day";
  private static final String DAILY_BOUGHT = "free-models-per-day-high-balance";

  private final RateLimits limits;
  private final BoughtCredit bought;
  private final FreeModelCaps freeModels;

  Limiting(RateLimits limits, BoughtCredit bought, FreeModelCaps freeModels) {
    this.limits = limits;
    this.bought = bought;
    this.freeModels = freeModels;
  }

  /// Takes what a call needs; a call that nothing limits goes on at once.
  ///
  /// @return fails with the contract's [Problem]
  Mono<Ticket> admit(Call call, RoutingPlan plan) {
    ApiKey key = call.key();
    boolean free = isFree(plan);
    if (!free && key.requestsPerMinute() == 0 && key.tokensPerMinute() == 0) {
      return Mono.just(Ticket.NONE);
    }
    Mono<List<Claim>> claims =
        free && freeModels.perDay() > 0
            ? bought.of(key.accountId()).map(sum -> claims(call, plan, Optional.of(sum)))
            : Mono.just(claims(call, plan, free ? Optional.of(BigDecimal.ZERO) : Optional.empty()));
    return claims.flatMap(this::take);
  }

  /// Takes what a request of a key needs that uses no tokens and no model.
  ///
  /// @return fails with the contract's [Problem]
  public Mono<Ticket> admit(ApiKey key) {
    var claims = new ArrayList<Claim>(1);
    addRequest(claims, key);
    return take(claims);
  }

  private Mono<Ticket> take(List<Claim> claims) {
    return limits.take(claims).onErrorMap(RateLimitedException.class, refused -> problem(refused));
  }

  private static boolean isFree(RoutingPlan plan) {
    return !plan.candidates().isEmpty() && isFree(plan.candidates().getFirst());
  }

  private static boolean isFree(Candidate candidate) {
    return candidate.endpoint().model().slug().endsWith(FREE);
  }

  /// Returns those that the caps of free models do not hold for.
  static List<Candidate> withoutFree(List<Candidate> candidates) {
    return candidates.stream().filter(candidate -> !isFree(candidate)).toList();
  }

  /// @param bought what the account ever bought, if the call is to a free model
  private List<Claim> claims(Call call, RoutingPlan plan, Optional<BigDecimal> bought) {
    var claims = new ArrayList<Claim>();
    ApiKey key = call.key();
    if (bought.isPresent()) {
      String account = key.accountId().toString();
      boolean high = bought.get().compareTo(BigDecimal.valueOf(freeModels.creditsNeeded())) >= 0;
      add(
          claims,
          "free-day " + account,
          high ? DAILY_BOUGHT : DAILY,
          high ? freeModels.perDayWithCredits() : freeModels.perDay(),
          Window.DAY);
      add(
          claims,
          "free-minute " + account,
          "free-models-per-min",
          freeModels.perMinute(),
          Window.MINUTE);
    }
    addRequest(claims, key);
    if (key.tokensPerMinute() > 0) {
      var quota =
          new Quota(
              "tokens " + key.hash(), "tokens-per-minute", key.tokensPerMinute(), Window.MINUTE);
      claims.add(new Claim(quota, tokens(call, plan), true));
    }
    return claims;
  }

  private static void addRequest(List<Claim> claims, ApiKey key) {
    add(
        claims,
        "requests " + key.hash(),
        "requests-per-minute",
        key.requestsPerMinute(),
        Window.MINUTE);
  }

  private static void add(
      List<Claim> claims, String subject, String name, long limit, Window window) {
    if (limit > 0) {
      claims.add(new Claim(new Quota(subject, name, limit, window), 1, false));
    }
  }

  /// The most that the call is expected to use: what it does not comes back when it has ended.
  private static long tokens(Call call, RoutingPlan plan) {
    Endpoint first = plan.candidates().getFirst().endpoint();
    long most = Math.min(first.maxCompletionTokens().orElse(ASSUMED_TOKENS), ASSUMED_TOKENS);
    return Math.max(1, call.glance().promptTokens() + call.glance().maxTokens().orElse(most));
  }

  private Problem problem(RateLimitedException refused) {
    Quota quota = refused.quota();
    String reset = Long.toString(refused.reset().toEpochMilli());
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-RateLimit-Limit", Long.toString(quota.limit()));
    headers.put("X-RateLimit-Remaining", Long.toString(refused.remaining()));
    headers.put("X-RateLimit-Reset", reset);
    long seconds = Math.max(1, Duration.between(Instant.now(), refused.reset()).toSeconds() + 1);
    String message = "Rate limit exceeded: " + quota.name();
    Problem problem =
        Problem.of(429, "rate_limit_exceeded", message + remedy(quota))
            .with("headers", headers)
            .with("provider_name", Optional.empty())
            .header("Retry-After", Long.toString(seconds));
    String source = source(quota);
    if (source != null) {
      problem = problem.with("limit_source", source);
    }
    for (var header : headers.entrySet()) {
      problem = problem.header(header.getKey(), header.getValue());
    }
    return problem;
  }

  private String remedy(Quota quota) {
    return quota.name().equals(DAILY)
        ? ". Add %d credits to unlock %d free model requests per day"
            .formatted(freeModels.creditsNeeded(), freeModels.perDayWithCredits())
        : "";
  }

  private static @Nullable String source(Quota quota) {
    return switch (quota.name()) {
      case DAILY, DAILY_BOUGHT -> "openrouter_free_tier_daily";
      default -> null;
    };
  }
}
