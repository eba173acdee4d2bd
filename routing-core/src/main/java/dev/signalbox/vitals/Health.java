package dev.signalbox.vitals;

/// Whether an endpoint may be trusted with a request.
public enum Health {
  /// No recent outage.
  STABLE,
  /// After an outage, on trial: keeps its rank, so that a trial call is made at all.
  RECOVERING,
  /// Works, but has asked to be left alone for a while (429): tried after those that have not.
  LIMITED,
  /// In a significant outage: tried only when all others have failed.
  DOWN;

  /// Returns whether an attempt made now would most likely be refused or fail.
  public boolean isOut() {
    return this == LIMITED || this == DOWN;
  }
}
