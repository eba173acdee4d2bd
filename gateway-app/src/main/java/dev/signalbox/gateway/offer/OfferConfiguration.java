package dev.signalbox.gateway.offer;

import dev.signalbox.gateway.sandbox.SandboxServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Loads the catalog, after the sandbox that it may name.
@Configuration(proxyBeanMethods = false)
class OfferConfiguration {
  @Bean
  CatalogFiles catalogFiles(
      @Value("${signalbox.catalog:}") List<String> paths,
      ObjectProvider<SandboxServer> sandbox,
      MeterRegistry registry) {
    return new CatalogFiles(
        paths.stream().filter(path -> !path.isBlank()).map(Path::of).toList(),
        name -> name.equals("SIGNALBOX_SANDBOX_URL") ? url(sandbox) : System.getenv(name),
        registry);
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
