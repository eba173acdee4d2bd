package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.pricing.Money;

/// Credit set aside for one generation until it is posted or released.
public interface Hold {
  ApiKey key();

  Money amount();

  /// Sets more aside while a stream runs.
  ///
  /// @return false if there is no more
  boolean extend(Money amount);
}
