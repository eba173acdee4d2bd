package dev.signalbox.billing.ledger;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.pricing.Money;
import reactor.core.publisher.Mono;

/// Sets credit aside, and records what was consumed, once.
public interface Ledger {
  /// Sets credit aside. Answers at once while this replica has credit of the key's at hand.
  ///
  /// @return fails with [InsufficientCreditException] if there is not enough anywhere
  Mono<Hold> hold(ApiKey key, Money expected);

  /// Records a generation and returns the rest of its hold. Completes when the record is durable,
  /// here or in the database; posting one generation id again changes nothing.
  Mono<Void> post(Hold hold, UsageRecord record);

  /// Gives a hold back whole, for a request of which nothing is recorded.
  void release(Hold hold);
}
