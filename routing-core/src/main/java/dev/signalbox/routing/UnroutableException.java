package dev.signalbox.routing;

/// A request that no endpoint can serve. Carries the contract's `availability` object.
public final class UnroutableException extends RuntimeException {
  private final Availability availability;

  public UnroutableException(String message, Availability availability) {
    super(message, null, false, false);
    this.availability = availability;
  }

  public Availability availability() {
    return availability;
  }
}
