package dev.signalbox.gateway.sandbox;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Starts the sandbox, unless it is switched off, so that the catalog can name it.
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(
    name = "signalbox.sandbox.enabled",
    havingValue = "true",
    matchIfMissing = true)
class SandboxConfiguration {
  private static final Logger log = LoggerFactory.getLogger(SandboxConfiguration.class);

  @Bean(destroyMethod = "close")
  SandboxServer sandboxServer(@Value("${signalbox.sandbox.port:0}") int port) {
    var server = new SandboxServer(port);
    log.info(
        "Sandbox providers (synthetic answers) at {}, to be told at /control", server.baseUrl());
    return server;
  }

  /// `/actuator/info` tells operators where the sandbox is.
  @Bean
  InfoContributor sandboxInfo(SandboxServer server) {
    return builder ->
        builder.withDetail(
            "sandbox",
            Map.of(
                "synthetic",
                true,
                "url",
                server.baseUrl(),
                "control",
                server.baseUrl() + "/control"));
  }
}
