package dev.signalbox.gateway.settings;

import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// Stops a start with settings that would be taken for others: a switch that is neither on nor off
/// (`yes` would leave the operator API on no port), or one port for callers and operators.
@Configuration(proxyBeanMethods = false)
class SettingsCheck {
  private static final List<String> SWITCHES =
      List.of(
          "signalbox.admin.on-api-port",
          "signalbox.pass-through.enabled",
          "signalbox.sandbox.enabled");

  SettingsCheck(Environment environment) {
    for (String property : SWITCHES) {
      String value = environment.getProperty(property, "false");
      if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
        throw new IllegalArgumentException(
            "%s: %s (expected: true or false)".formatted(Settings.variable(property), value));
      }
    }
    String management = environment.getProperty("management.server.port", "");
    if (!management.equals("0") && management.equals(environment.getProperty("server.port"))) {
      throw new IllegalArgumentException(
          "MANAGEMENT_SERVER_PORT: %s (expected: not the API's port, where callers could read it)"
              .formatted(management));
    }
  }
}
