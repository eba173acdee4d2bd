package dev.signalbox.gateway.sandbox;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Starts the sandbox, so that the catalog can name it.
@Configuration(proxyBeanMethods = false)
class SandboxConfiguration {
  @Bean(destroyMethod = "close")
  SandboxServer sandboxServer() {
    return new SandboxServer();
  }
}
