package dev.signalbox.gateway.plan;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.gateway.health.VitalsBoard;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(PlanSettings.class)
class PlanConfiguration {
  @Bean
  Pins pins(PlanSettings settings) {
    return new Pins(settings.ttl(), settings.maxPins(), Ticker.systemTicker());
  }

  @Bean
  Planner planner(VitalsBoard vitals, Pins pins) {
    return new Planner(vitals, pins);
  }
}
