package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.Dues;
import dev.signalbox.pricing.Money;
import reactor.core.publisher.Mono;

/// Sets credit aside, and records what was consumed, once.
public interface Ledger {
  /// Sets credit aside. Answers at once while this replica has credit of the key's at hand, and
  /// waits a little for what others may give back.
  ///
  /// @param least what will do where there is no more than that
  /// @return fails with [dev.signalbox.billing.credit.InsufficientCreditException] if there is not
  ///   enough anywhere, and with [dev.signalbox.billing.credit.CreditUnavailableException] if that
  ///   cannot be told
  Mono<Hold> hold(ApiKey key, Dues wanted, Dues least);

  /// Sets credit aside, all of it or none.
  default Mono<Hold> hold(ApiKey key, Money expected) {
    return hold(key, Dues.of(expected), Dues.of(expected));
  }

  /// Sets aside what a generation turned out to cost beyond what is held for it; asks the bank
  /// where that is not at hand. Completes in any case: the hold then [covers][Hold#cover] what it
  /// can.
  Mono<Void> reach(Hold hold, Dues price);

  /// Records a generation and returns the rest of its hold. Completes when the record is as durable
  /// as the operator wants it, here or in the database; posting one generation id again changes
  /// nothing.
  ///
  /// @param record charges no more than the hold [covers][Hold#cover]
  Mono<Void> post(Hold hold, UsageRecord record);

  /// Gives a hold back whole, for a request of which nothing is recorded.
  void release(Hold hold);
}
