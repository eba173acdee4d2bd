package dev.signalbox.vitals;

/// Whether an endpoint may be trusted with a request.
public enum Health {
  /// No recent outage.
  STABLE,
  /// After an outage, on trial: keeps its rank, so that a trial call is made at all.
  RECOVERING,
  /// In a significant outage: tried only when all others have failed.
  DOWN
}
