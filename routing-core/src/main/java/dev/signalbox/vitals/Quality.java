package dev.signalbox.vitals;

/// How well an endpoint does among those of its model, best first.
public enum Quality {
  GOOD,
  INSUFFICIENT_DATA,
  DEPRIORITIZED
}
