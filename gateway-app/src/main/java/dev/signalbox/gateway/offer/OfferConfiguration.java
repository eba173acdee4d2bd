package dev.signalbox.gateway.offer;

import dev.signalbox.billing.account.KeptSecret;
import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.db.Migrations;
import dev.signalbox.gateway.sandbox.SandboxServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

/// Loads the catalog, after the sandbox that it may name.
@Configuration(proxyBeanMethods = false)
class OfferConfiguration {
  @Bean
  HostRules hostRules(@Value("${signalbox.allowed-hosts:}") Set<String> hosts) {
    return new HostRules(hosts);
  }

  @Bean
  CatalogFiles catalogFiles(
      @Value("${signalbox.catalog:}") List<String> paths,
      ObjectProvider<SandboxServer> sandbox,
      MeterRegistry registry,
      HostRules hosts) {
    return new CatalogFiles(
        paths.stream().filter(path -> !path.isBlank()).map(Path::of).toList(),
        name -> name.equals("SIGNALBOX_SANDBOX_URL") ? url(sandbox) : System.getenv(name),
        registry,
        hosts);
  }

  @Bean
  Vault vault(
      @Value("${signalbox.secret-key:}") String secret,
      @Value("${signalbox.former-secret-keys:}") List<String> former,
      @Value("${signalbox.data:./data}") Path data) {
    return new Vault(
        KeptSecret.of(secret, data, "secret-key"),
        former.stream().filter(key -> !key.isBlank()).toList());
  }

  @Bean
  Credentials credentials(DatabaseClient database, Vault vault) {
    return new Credentials(database, vault);
  }

  @Bean
  OfferStore offerStore(DatabaseClient database, Credentials credentials) {
    return new OfferStore(database, credentials);
  }

  @Bean
  VaultCheck vaultCheck(DatabaseClient database, Migrations migrations, Vault vault) {
    return new VaultCheck(database, migrations, vault);
  }

  @Bean(destroyMethod = "close")
  OfferUpdates offerUpdates(OfferStore store, CatalogFiles files) {
    return new OfferUpdates(store, files);
  }

  /// What operators changed is in force before the first request, if the database answers.
  @Bean
  SmartInitializingSingleton offerWatch(OfferUpdates updates, DatabaseAddress address) {
    return () -> updates.start(DatabaseConfiguration.factory(address));
  }

  /// Without the sandbox, what names its address is not live, and what is shipped of it not loaded.
  private static @Nullable String url(ObjectProvider<SandboxServer> sandbox) {
    SandboxServer server = sandbox.getIfAvailable();
    return server == null ? null : server.baseUrl();
  }

  @Bean
  CatalogHolder catalogHolder(CatalogFiles files) {
    return files.holder();
  }
}
