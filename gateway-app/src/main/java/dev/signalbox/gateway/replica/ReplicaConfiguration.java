package dev.signalbox.gateway.replica;

import dev.signalbox.db.Migrations;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.plan.Pins;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

@Configuration(proxyBeanMethods = false)
class ReplicaConfiguration {
  @Bean(destroyMethod = "close")
  Exchange exchange(
      DatabaseClient database,
      Migrations migrations,
      Pins pins,
      VitalsBoard vitals,
      Breakers breakers,
      @Value("${signalbox.exchange.interval:2s}") Duration interval) {
    return new Exchange(
        List.of(
            new SharedSetbacks(database, breakers),
            new SharedVitals(database, vitals),
            new SharedPins(database, pins)),
        migrations.done(),
        interval);
  }
}
