package dev.signalbox.gateway.plan;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
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
  Planner planner(VitalsBoard vitals, Pins pins, PlanSettings settings) {
    Long seed = settings.seed();
    if (seed == null) {
      return new Planner(vitals, pins, ThreadLocalRandom::current);
    }
    var seeded = new Random(seed);
    return new Planner(vitals, pins, () -> seeded);
  }

  @Bean
  Shares shares(CatalogHolder catalog, VitalsBoard vitals) {
    return new Shares(catalog, vitals);
  }

  @Bean
  ExplainedBody explainedBody(Breakers breakers) {
    return new ExplainedBody(breakers);
  }
}
