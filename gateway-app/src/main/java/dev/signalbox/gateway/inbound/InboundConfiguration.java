package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.route.SurfaceMapping;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Opens the short way in.
@Configuration(proxyBeanMethods = false)
class InboundConfiguration {
  @Bean
  WebServerFactoryCustomizer<NettyReactiveWebServerFactory> doors(
      ObjectProvider<SurfaceMapping> routes) {
    return factory -> factory.addServerCustomizers(new Doors(routes.getObject()));
  }
}
