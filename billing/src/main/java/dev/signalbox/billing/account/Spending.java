package dev.signalbox.billing.account;

import java.math.BigDecimal;
import java.util.UUID;
import reactor.core.publisher.Mono;

/// What keys and accounts have spent, and the credit they were given: the ledger's side of them.
///
/// Every method joins the Spring transaction of its subscriber, where there is one.
public interface Spending {
  /// Returns what a key has spent; zeros for one that never did.
  Mono<Spent> of(String keyHash);

  /// Returns what an account was given and has spent.
  Mono<Credits> ofAccount(UUID account);

  /// Gives an account credit; a negative amount takes it back.
  Mono<Void> topUp(UUID account, BigDecimal usd, String reason, String actor);

  /// Dollars by window: all time, and the current UTC day, week (from Monday) and month; then the
  /// same of calls on the account's own provider keys.
  record Spent(
      BigDecimal total,
      BigDecimal daily,
      BigDecimal weekly,
      BigDecimal monthly,
      BigDecimal byokTotal,
      BigDecimal byokDaily,
      BigDecimal byokWeekly,
      BigDecimal byokMonthly) {
    public static final Spent NOTHING =
        new Spent(
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO);
  }

  /// @param granted ever, dollars
  /// @param used ever, dollars
  /// @param everBought whether any credit came by a top-up that was paid for
  record Credits(BigDecimal granted, BigDecimal used, boolean everBought) {}
}
