package dev.signalbox.gateway.stage;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
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
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Makes the ledger's row of a generation.
final class Recording {
  /// Of pricings in use: each is written once.
  private static final LoadingCache<Pricing, String> PRICES =
      Caffeine.newBuilder().weakKeys().build(Recording::json);

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
        call.createdAt(),
        call.key().accountId(),
        call.key().hash(),
        call.glance().surface().key(),
        endpoint.model().slug(),
        attempt.candidate.requestedModel(),
        Optional.empty(),
        endpoint.provider().slug(),
        endpoint.provider().name(),
        endpoint.id().value(),
        ending.upstreamId(),
        ending.serviceTier(),
        ending.usage(),
        !ending.usageReported(),
        json(charging.pricing()),
        charging.markupPercent(),
        charging.factor(),
        charging.waived(),
        charging.upstream(),
        attempts.stream().map(AttemptRecord::cost).reduce(Money.ZERO, Money::plus),
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

  /// The row of an answer that was given again: free, and nobody was asked.
  static UsageRecord again(Call call, CachedAnswer hit) {
    Endpoint endpoint = hit.candidate().endpoint();
    return new UsageRecord(
        call.generationId(),
        call.createdAt(),
        call.key().accountId(),
        call.key().hash(),
        call.glance().surface().key(),
        endpoint.model().slug(),
        hit.candidate().requestedModel(),
        Optional.empty(),
        endpoint.provider().slug(),
        endpoint.provider().name(),
        endpoint.id().value(),
        Optional.of(hit.id()),
        Optional.empty(),
        Usage.of(0, 0),
        false,
        "{\"discount\":\"0\"}",
        BigDecimal.ZERO,
        BigDecimal.ONE,
        true,
        Cost.ZERO,
        Money.ZERO,
        Money.ZERO,
        Money.ZERO,
        false,
        call.glance().stream(),
        false,
        Optional.of("stop"),
        Optional.empty(),
        OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - call.startNanos())),
        OptionalLong.empty(),
        call.glance().sessionId().or(() -> call.headers().sessionId()),
        call.glance().user(),
        call.headers().userAgent(),
        call.headers().referer(),
        call.headers().title(),
        List.of(
            new AttemptRecord(
                endpoint.id().value(),
                endpoint.provider().name(),
                endpoint.model().slug(),
                Optional.empty(),
                "cache_hit",
                0,
                Money.ZERO)));
  }

  /// The prices that were applied, so that a row can be computed anew from itself.
  private static String json(Pricing pricing) {
    var json = new StringBuilder("{");
    pricing
        .prices()
        .forEach(
            (item, price) ->
                json.append('"')
                    .append(item.key())
                    .append("\":\"")
                    .append(price.toPlainString())
                    .append("\","));
    return json.append("\"discount\":\"")
        .append(pricing.discount().toPlainString())
        .append("\"}")
        .toString();
  }
}
