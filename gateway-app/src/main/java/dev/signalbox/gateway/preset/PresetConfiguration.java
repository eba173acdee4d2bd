package dev.signalbox.gateway.preset;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

@Configuration(proxyBeanMethods = false)
class PresetConfiguration {
  @Bean
  PresetStore presetStore(DatabaseClient database) {
    return new PresetStore(database);
  }

  @Bean(destroyMethod = "close")
  Presets presets(PresetStore store, DatabaseAddress address) {
    return new Presets(store, DatabaseConfiguration.factory(address));
  }
}
