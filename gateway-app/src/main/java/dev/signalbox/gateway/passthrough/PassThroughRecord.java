package dev.signalbox.gateway.passthrough;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.ledger.UsageRecord;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.stage.GenerationIds;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;

/// The ledger's row of a forwarded request: no tokens, the flat fee.
final class PassThroughRecord {
  private PassThroughRecord() {}

  static UsageRecord of(
      ApiKey key,
      ServerHttpRequest request,
      Provider provider,
      Money fee,
      Instant at,
      long tookNanos) {
    String endpoint = PassThrough.SURFACE + "@" + provider.slug();
    return new UsageRecord(
        GenerationIds.mint(at.getEpochSecond()),
        key.accountId(),
        key.hash(),
        PassThrough.SURFACE,
        PassThrough.SURFACE,
        request.getMethod().name() + ' ' + firstSegment(request),
        Optional.empty(),
        provider.slug(),
        provider.name(),
        endpoint,
        Optional.empty(),
        Optional.empty(),
        Usage.of(0, 0),
        false,
        "{\"request\":\"%s\",\"discount\":\"0\"}".formatted(fee.usd().toPlainString()),
        BigDecimal.ZERO,
        BigDecimal.ONE,
        false,
        new Cost(Money.ZERO, Money.ZERO, fee),
        Money.ZERO,
        fee,
        Money.ZERO,
        false,
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(tookNanos)),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(request.getHeaders().getFirst(HttpHeaders.USER_AGENT))
            .map(PassThroughRecord::bounded),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /// Further segments may name files and batches: nobody's business here.
  private static String firstSegment(ServerHttpRequest request) {
    String[] segments = request.getURI().getRawPath().replaceFirst(".*?/providers/", "").split("/");
    return bounded(segments.length > 1 ? segments[1] : "");
  }

  private static String bounded(String text) {
    return text.length() <= 256 ? text : text.substring(0, 256);
  }
}
