package dev.signalbox.gateway.dialect.conversion;

/// An answer that is not what its dialect promises. Carries no stack: it is the provider's error.
public final class UnreadableException extends RuntimeException {
  public UnreadableException(String message) {
    super(message, null, false, false);
  }
}
