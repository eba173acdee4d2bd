package dev.signalbox.billing.ledger;

/// Credit cannot be told: the database does not answer, and nothing is known here.
public final class LedgerUnavailableException extends RuntimeException {
  public LedgerUnavailableException(Throwable cause) {
    super("the ledger does not answer", cause);
  }
}
