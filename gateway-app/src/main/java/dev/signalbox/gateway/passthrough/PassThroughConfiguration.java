package dev.signalbox.gateway.passthrough;

import dev.signalbox.billing.ledger.Ledger;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.drain.Drain;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.HostRules;
import dev.signalbox.gateway.settings.Settings;
import dev.signalbox.gateway.stage.Limiting;
import dev.signalbox.gateway.upstream.ForwardedCalls;
import dev.signalbox.pricing.Money;
import io.micrometer.core.instrument.MeterRegistry;
import java.math.BigDecimal;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

/// Forwards to providers' own APIs where the operator has switched that on.
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "signalbox.pass-through.enabled", havingValue = "true")
class PassThroughConfiguration {
  private static final int BEFORE_THE_HANDLERS_OF_LISTS = -1;

  @Bean(destroyMethod = "dispose")
  ForwardedCalls forwardedCalls(HostRules hosts) {
    return new ForwardedCalls(hosts);
  }

  @Bean
  SimpleUrlHandlerMapping passThroughMapping(
      Callers callers,
      Limiting limiting,
      CatalogHolder catalog,
      ForwardedCalls calls,
      Ledger ledger,
      Drain drain,
      MeterRegistry registry,
      @Value("${signalbox.pass-through.fee-usd:0}") BigDecimal fee,
      @Value("${signalbox.pass-through.max-body-bytes:536870912}") long maxBodyBytes) {
    if (fee.signum() < 0) {
      throw new IllegalArgumentException(
          "SIGNALBOX_PASS_THROUGH_FEE_USD: %s (expected: 0 or more)".formatted(fee));
    }
    Settings.atLeast(0L, "SIGNALBOX_PASS_THROUGH_MAX_BODY_BYTES", maxBodyBytes);
    var handler =
        new PassThrough(
            callers,
            limiting,
            new ProviderAccess(catalog),
            calls,
            ledger,
            drain,
            new PassThroughMetrics(registry),
            new Money(fee),
            maxBodyBytes);
    return new SimpleUrlHandlerMapping(
        Map.of("/api/v1/providers/*/**", handler, "/v1/providers/*/**", handler),
        BEFORE_THE_HANDLERS_OF_LISTS);
  }
}
