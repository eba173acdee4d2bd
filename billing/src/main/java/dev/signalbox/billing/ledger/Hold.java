package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.flight.Flight;
import dev.signalbox.pricing.Money;

/// Credit set aside for one generation until it is posted or released.
public interface Hold {
  ApiKey key();

  Dues amount();

  /// Notes that a provider is about to be asked: should this process be killed, its next run
  /// records the call.
  void dispatched(Flight flight);

  /// Notes how much of the answer has come.
  void progressed(long visibleBytes, long thoughtBytes);

  /// Sets more aside while a stream runs.
  ///
  /// @return false if there is no more at hand; there may be a little later
  boolean extend(Dues more);

  /// Sets aside what a price needs beyond what is held, as far as there is any at hand.
  ///
  /// @return how much of the price the account can be charged
  Money cover(Dues price);
}
