package dev.signalbox.billing.credit;

/// Whether there is credit cannot be told at present, or what is spent could not be recorded: no
/// fault of the caller's.
public final class CreditUnavailableException extends RuntimeException {
  public CreditUnavailableException(String message) {
    super(message, null, false, false);
  }
}
