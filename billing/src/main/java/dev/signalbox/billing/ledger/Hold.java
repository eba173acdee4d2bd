package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.pricing.Money;

/// Credit set aside for one generation until it is posted or released.
public interface Hold {
  ApiKey key();

  Money amount();

  /// Sets more aside while a stream runs.
  ///
  /// @return false if there is no more at hand; there may be a little later
  boolean extend(Money more);

  /// Sets aside what a price needs beyond what is held, as far as there is any at hand.
  ///
  /// @return how much of the price can be charged
  Money cover(Money price);
}
