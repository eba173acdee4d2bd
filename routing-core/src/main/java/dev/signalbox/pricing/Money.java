package dev.signalbox.pricing;

import java.math.BigDecimal;

/// An exact amount of US dollars; never rounded, may be negative (a correction).
public record Money(BigDecimal usd) implements Comparable<Money> {
  public static final Money ZERO = new Money(BigDecimal.ZERO);

  public static Money of(String usd) {
    return new Money(new BigDecimal(usd));
  }

  public Money plus(Money other) {
    if (other == ZERO) {
      return this;
    }
    return this == ZERO ? other : new Money(usd.add(other.usd));
  }

  public Money minus(Money other) {
    return other == ZERO ? this : new Money(usd.subtract(other.usd));
  }

  public Money times(long count) {
    return count == 1 ? this : new Money(usd.multiply(BigDecimal.valueOf(count)));
  }

  public Money times(BigDecimal factor) {
    return new Money(usd.multiply(factor));
  }

  public boolean isZero() {
    return usd.signum() == 0;
  }

  @Override
  public int compareTo(Money other) {
    return usd.compareTo(other.usd);
  }

  /// Equal amounts are equal, whatever their scale.
  @Override
  public boolean equals(Object other) {
    return other instanceof Money(var that) && usd.compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    return usd.stripTrailingZeros().hashCode();
  }

  /// Returns the plain decimal, without exponent and without needless zeros: `0.00000012`.
  @Override
  public String toString() {
    return usd.signum() == 0 ? "0" : usd.stripTrailingZeros().toPlainString();
  }
}
