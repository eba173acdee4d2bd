package dev.signalbox.gateway.plan;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.OfferUpdates;
import dev.signalbox.gateway.tokens.TokenCounter;
import java.math.BigDecimal;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(PlanSettings.class)
class PlanConfiguration {
  @Bean
  Pins pins(PlanSettings settings) {
    return new Pins(settings.stickyTtl(), settings.stickyMax(), Ticker.systemTicker());
  }

  @Bean
  Planner planner(VitalsBoard vitals, Pins pins, OwnKeys ownKeys, PlanSettings settings) {
    Long seed = settings.seed();
    if (seed == null) {
      return new Planner(vitals, pins, ownKeys, ThreadLocalRandom::current);
    }
    var seeded = new Random(seed);
    return new Planner(vitals, pins, ownKeys, () -> seeded);
  }

  @Bean
  LongPrompts longPrompts(TokenCounter counter) {
    return new LongPrompts(counter);
  }

  @Bean
  Shares shares(CatalogHolder catalog, VitalsBoard vitals) {
    return new Shares(catalog, vitals);
  }

  @Bean
  ExplainedBody explainedBody(Breakers breakers) {
    return new ExplainedBody(breakers);
  }

  @Bean
  OwnKeys ownKeys(
      @Value("${signalbox.byok.fee-percent:0}") BigDecimal feePercent, OfferUpdates updates) {
    var keys = new OwnKeys(feePercent);
    updates.onOwn(keys::replace);
    return keys;
  }
}
