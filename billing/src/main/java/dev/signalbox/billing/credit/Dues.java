package dev.signalbox.billing.credit;

import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// What a generation takes from each of the two pots that it may be paid from.
///
/// @param account of the account's balance
/// @param key of the key's limit: more than that where the limit counts what the account pays a
///   provider itself
public record Dues(Money account, Money key) {
  public static final Dues ZERO = of(Money.ZERO);

  /// The decimals that pots have.
  private static final int DECIMALS = 18;

  /// The same of both.
  public static Dues of(Money both) {
    return new Dues(both, both);
  }

  /// Returns what is taken from a pot.
  public Money from(Name pot) {
    return pot.key() == null ? account : key;
  }

  public Dues plus(Dues other) {
    return new Dues(account.plus(other.account), key.plus(other.key));
  }

  /// Returns what is left of each after another is taken, which may be negative.
  public Dues minus(Dues other) {
    return new Dues(account.minus(other.account), key.minus(other.key));
  }

  public Dues most(Dues other) {
    return new Dues(most(account, other.account), most(key, other.key));
  }

  public Dues least(Dues other) {
    return new Dues(least(account, other.account), least(key, other.key));
  }

  /// Returns whether this is enough for another.
  public boolean covers(Dues other) {
    return account.compareTo(other.account) >= 0 && key.compareTo(other.key) >= 0;
  }

  public boolean isZero() {
    return account.isZero() && key.isZero();
  }

  /// Returns a part of it, no more exact than pots are.
  Dues times(BigDecimal fraction) {
    return new Dues(account.times(fraction), key.times(fraction)).kept(RoundingMode.DOWN);
  }

  /// Returns at least as much, no more exact than pots are.
  Dues kept() {
    return kept(RoundingMode.UP);
  }

  private Dues kept(RoundingMode mode) {
    Money kept = kept(account, mode);
    return new Dues(kept, key == account ? kept : kept(key, mode));
  }

  private static Money kept(Money amount, RoundingMode mode) {
    return amount.usd().scale() <= DECIMALS
        ? amount
        : new Money(amount.usd().setScale(DECIMALS, mode));
  }

  private static Money most(Money one, Money other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static Money least(Money one, Money other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
