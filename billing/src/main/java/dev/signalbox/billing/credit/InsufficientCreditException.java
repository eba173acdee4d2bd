package dev.signalbox.billing.credit;

import dev.signalbox.pricing.Money;

/// A hold that neither the key's limit nor the account's balance allows.
public final class InsufficientCreditException extends RuntimeException {
  private final Money affordable;

  public InsufficientCreditException(String message, Money affordable) {
    super(message, null, false, false);
    this.affordable = affordable;
  }

  /// What is left to spend; never negative.
  public Money affordable() {
    return affordable;
  }
}
