package dev.signalbox.billing.account;

/// Whether a key stands cannot be told: the database does not answer, and nothing is known here.
public final class KeysUnavailableException extends RuntimeException {
  public KeysUnavailableException(Throwable cause) {
    super("keys cannot be looked up", cause);
  }
}
