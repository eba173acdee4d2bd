package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.DataPolicy;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.pricing.Pricing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Endpoints to convert for.
public final class Endpoints {
  private Endpoints() {}

  public static Target target(Dialect dialect, String... parameters) {
    var model =
        new Model(
            "acme/alpha",
            "acme/alpha",
            "Alpha",
            1,
            Optional.empty(),
            200_000,
            ARCHITECTURE,
            List.of(),
            false,
            Map.of());
    var provider =
        new Provider(
            "acme",
            "Acme",
            DataPolicy.UNKNOWN,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    var endpoint =
        new Endpoint(
            EndpointId.of("acme/alpha", "acme"),
            model,
            provider,
            "acme",
            "default",
            Pricing.FREE,
            Pricing.FREE,
            200_000,
            OptionalLong.of(8192),
            OptionalLong.empty(),
            "unknown",
            Set.of(parameters),
            DataPolicy.UNKNOWN,
            false,
            true);
    return new Target(endpoint, "alpha-1", dialect, Set.of());
  }

  private static final Architecture ARCHITECTURE =
      new Architecture(Set.of("text"), Set.of("text"), "Other", Optional.empty());
}
