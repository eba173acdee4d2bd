package dev.signalbox.gateway.offer;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Dialect;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// How to reach an endpoint. Holds a credential: its text shows none.
///
/// @param baseUrl a dialect's paths are appended to it
/// @param guarded the URL arrived over the API: its host may be none of a private network
/// @param model the provider's name of the model
/// @param apiKey empty where none is needed
/// @param headers added to each call
/// @param quirks named deviations from the dialect
/// @param options the dialect's settings: `region`, `api_version`, `project`, …
/// @param firstByteTimeout longest silence before the first byte of an answer
/// @param idleTimeout longest silence inside an answer
public record Upstream(
    EndpointId id,
    URI baseUrl,
    boolean guarded,
    String model,
    Dialect dialect,
    String apiKey,
    Map<String, String> headers,
    Set<String> quirks,
    Map<String, String> options,
    Duration connectTimeout,
    Duration firstByteTimeout,
    Duration idleTimeout) {
  public Upstream {
    headers = Map.copyOf(headers);
    quirks = Set.copyOf(quirks);
    options = Map.copyOf(options);
  }

  /// Returns the same, called with another credential.
  public Upstream with(String credential) {
    return new Upstream(
        id,
        baseUrl,
        guarded,
        model,
        dialect,
        credential,
        headers,
        quirks,
        options,
        connectTimeout,
        firstByteTimeout,
        idleTimeout);
  }

  @Override
  public String toString() {
    return "Upstream[%s, %s, %s]".formatted(id, baseUrl, dialect.key());
  }
}
