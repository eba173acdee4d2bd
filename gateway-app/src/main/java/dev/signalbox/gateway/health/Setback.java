package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import java.time.Duration;

/// What sets an endpoint back for a while: what replicas tell each other at once, while what they
/// measure waits for its slot to be over.
///
/// @param age how long ago it began
/// @param left how long it will last yet
public record Setback(EndpointId endpoint, Kind kind, Duration age, Duration left) {
  public enum Kind {
    OUTAGE,
    /// The provider asked to be left alone.
    COOL_DOWN
  }
}
