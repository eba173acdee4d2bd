package dev.signalbox.vitals;

/// How well an endpoint does among those of its model (contract, section 3.9), best first.
public enum Quality {
  GOOD,
  INSUFFICIENT_DATA,
  DEPRIORITIZED
}
