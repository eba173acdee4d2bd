package dev.signalbox.gateway.stage;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.signalbox.billing.charge.AppliedPrices;
import dev.signalbox.billing.flight.Flight;
import dev.signalbox.billing.ledger.UsageRecord;
import dev.signalbox.billing.ledger.UsageRecord.AttemptRecord;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.cache.CachedAnswer;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.RouterSlug;
import dev.signalbox.routing.plan.Candidate;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Makes the ledger's row of a generation.
final class Recording {
  /// Of pricings in use: each is written once.
  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private static final LoadingCache<Pricing, String> PRICES =
      Caffeine.newBuilder().executor(Runnable::run).weakKeys().build(AppliedPrices::json);

  private Recording() {}

  static UsageRecord of(
      Call call,
      Try attempt,
      Ending ending,
      Charging charging,
      Optional<UpstreamFault> fault,
      boolean cancelled,
      List<AttemptRecord> attempts,
      long nowNanos) {
    Endpoint endpoint = attempt.candidate.endpoint();
    return new UsageRecord(
        call.generationId(),
        call.key().accountId(),
        call.key().hash(),
        call.glance().surface().key(),
        endpoint.model().slug(),
        attempt.candidate.requestedModel(),
        router(attempt.candidate),
        endpoint.provider().slug(),
        endpoint.provider().name(),
        endpoint.id().value(),
        ending.upstreamId(),
        ending.serviceTier(),
        ending.usage(),
        !ending.usageReported(),
        PRICES.get(charging.pricing()),
        charging.markupPercent(),
        charging.factor(),
        charging.waived(),
        charging.upstream(),
        cost(attempts),
        charging.charged(),
        charging.overrun(),
        attempt.candidate.own(),
        call.glance().stream(),
        cancelled,
        fault.isPresent() ? Optional.of("error") : ending.finishReason(),
        ending.nativeFinishReason(),
        OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(attempt.firstTokenNanos - call.startNanos())),
        OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(nowNanos - attempt.firstTokenNanos)),
        call.glance().sessionId().or(() -> call.headers().sessionId()),
        call.glance().user(),
        call.headers().userAgent(),
        call.headers().referer(),
        call.headers().title(),
        attempts);
  }

  /// The router slug that stood for the model.
  private static Optional<String> router(Candidate candidate) {
    String requested = candidate.requestedModel();
    return requested.equals(candidate.endpoint().model().slug())
        ? Optional.empty()
        : RouterSlug.of(requested).map(RouterSlug::slug);
  }

  /// What the row of a call needs should this process be killed before it ends.
  ///
  /// @param attempt which of the generation's it is, from 1
  static Flight flight(Call call, Candidate candidate, int attempt, Money attemptsCost) {
    Endpoint endpoint = candidate.endpoint();
    long prompt = call.glance().promptTokens();
    return new Flight(
        call.generationId(),
        call.key().accountId(),
        call.key().hash(),
        call.glance().surface().key(),
        endpoint.model().slug(),
        candidate.requestedModel(),
        endpoint.provider().slug(),
        endpoint.provider().name(),
        endpoint.id().value(),
        endpoint.serviceTier(),
        PRICES.get(endpoint.pricing().inForce(prompt, call.createdAt())),
        candidate.own(),
        call.glance().stream(),
        prompt,
        attempt,
        attemptsCost.usd());
  }

  static Money cost(List<AttemptRecord> attempts) {
    return attempts.isEmpty()
        ? Money.ZERO
        : attempts.stream().map(AttemptRecord::cost).reduce(Money.ZERO, Money::plus);
  }

  /// The row of an answer that was given again: free, and nobody was asked.
  static UsageRecord again(Call call, CachedAnswer hit) {
    Endpoint endpoint = hit.candidate().endpoint();
    return free(
        call,
        hit.candidate(),
        Optional.of(hit.id()),
        "stop",
        List.of(
            new AttemptRecord(
                endpoint.id().value(),
                endpoint.provider().name(),
                endpoint.model().slug(),
                false,
                endpoint.serviceTier(),
                Optional.empty(),
                "cache_hit",
                0,
                Money.ZERO)));
  }

  /// The row of a generation of which nothing came.
  static UsageRecord failed(Call call, Candidate last, List<AttemptRecord> attempts) {
    return free(call, last, Optional.empty(), "error", attempts);
  }

  private static UsageRecord free(
      Call call,
      Candidate candidate,
      Optional<String> upstreamId,
      String finishReason,
      List<AttemptRecord> attempts) {
    Endpoint endpoint = candidate.endpoint();
    return new UsageRecord(
        call.generationId(),
        call.key().accountId(),
        call.key().hash(),
        call.glance().surface().key(),
        endpoint.model().slug(),
        candidate.requestedModel(),
        router(candidate),
        endpoint.provider().slug(),
        endpoint.provider().name(),
        endpoint.id().value(),
        upstreamId,
        Optional.empty(),
        Usage.of(0, 0),
        false,
        "{\"discount\":\"0\"}",
        BigDecimal.ZERO,
        BigDecimal.ONE,
        true,
        Cost.ZERO,
        cost(attempts),
        Money.ZERO,
        Money.ZERO,
        false,
        call.glance().stream(),
        false,
        Optional.of(finishReason),
        Optional.empty(),
        OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - call.startNanos())),
        OptionalLong.empty(),
        call.glance().sessionId().or(() -> call.headers().sessionId()),
        call.glance().user(),
        call.headers().userAgent(),
        call.headers().referer(),
        call.headers().title(),
        attempts);
  }
}
