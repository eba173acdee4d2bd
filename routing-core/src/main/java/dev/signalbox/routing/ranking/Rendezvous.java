package dev.signalbox.routing.ranking;

import dev.signalbox.catalog.EndpointId;

/// A number that a session and an endpoint have in common, equal on every replica.
final class Rendezvous {
  private Rendezvous() {}

  /// Returns a number in `[0, 1)`, evenly spread over sessions and independent between endpoints.
  static double uniform(long session, EndpointId endpoint) {
    long mixed = session;
    String id = endpoint.value();
    for (int i = 0; i < id.length(); i++) {
      mixed = (mixed ^ id.charAt(i)) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 29;
    }
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    mixed ^= mixed >>> 32;
    return (mixed >>> 11) * 0x1.0p-53;
  }
}
