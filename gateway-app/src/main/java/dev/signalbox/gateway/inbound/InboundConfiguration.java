package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.route.SurfaceMapping;
import dev.signalbox.gateway.settings.Settings;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Opens the short way in.
@Configuration(proxyBeanMethods = false)
class InboundConfiguration {
  private static final Duration LEAST = Duration.ofMillis(100);

  @Bean
  WebServerFactoryCustomizer<NettyReactiveWebServerFactory> doors(
      ObjectProvider<SurfaceMapping> routes,
      @Value("${signalbox.inbound.head-timeout:10s}") Duration head,
      @Value("${signalbox.inbound.body-timeout:30s}") Duration body,
      @Value("${signalbox.inbound.idle-timeout:75s}") Duration idle) {
    Limits limits =
        Limits.of(
            Settings.atLeast(LEAST, "SIGNALBOX_INBOUND_HEAD_TIMEOUT", head),
            Settings.atLeast(LEAST, "SIGNALBOX_INBOUND_BODY_TIMEOUT", body),
            Settings.atLeast(LEAST, "SIGNALBOX_INBOUND_IDLE_TIMEOUT", idle));
    return factory -> factory.addServerCustomizers(new Doors(routes.getObject(), limits));
  }
}
