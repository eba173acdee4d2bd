package dev.signalbox.billing.credit;

import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/// One who waits in line for credit: what he wants, what will do, and when waiting is in vain.
final class Waiter {
  private static final BigDecimal QUARTER = new BigDecimal("0.25");
  private static final MathContext FRACTION = new MathContext(12, RoundingMode.DOWN);

  /// How old the bank's last answer may be for a refusal.
  private static final long LAST_LOOK_NANOS = Duration.ofMillis(400).toNanos();

  private static final long LAST_CHANCE_NANOS = Duration.ofMillis(500).toNanos();

  final List<Purse> purses;
  final Dues wanted;
  final Sinks.One<CreditHold> hold = Sinks.one();

  /// Whoever asked has left.
  volatile boolean gone;

  private final Dues least;
  private final long sinceNanos;

  /// @param least what will do where there is no more
  Waiter(List<Purse> purses, Dues wanted, Dues least, long sinceNanos) {
    this.purses = purses;
    this.wanted = wanted;
    this.least = least;
    this.sinceNanos = sinceNanos;
  }

  /// Has each purse ask for what he lacks of it.
  void wish(long now) {
    for (Purse purse : purses) {
      Money want = wanted.from(purse.name);
      Money missing = least.from(purse.name).minus(purse.free());
      boolean inDebt = want.isZero() && purse.isOverdrawn();
      boolean lacks = !purse.knows(now) || missing.usd().signum() > 0 || inDebt;
      if (lacks || want.compareTo(purse.free()) > 0) {
        purse.wishes(missing.usd().signum() > 0 ? missing : Money.ZERO, want.minus(purse.free()));
      }
    }
  }

  /// There is not as much as is wanted: a quarter of what there is will do, if it is enough, so
  /// that those who come next get something too.
  ///
  /// @param cutOff the bank cannot be asked for more
  /// @return null if he is to wait on
  @Nullable Dues lesser(boolean cutOff, long now) {
    if (least.covers(wanted)) {
      return null;
    }
    BigDecimal fraction = BigDecimal.ONE;
    for (Purse purse : purses) {
      if (!purse.knows(now)) {
        return null;
      }
      BigDecimal want = wanted.from(purse.name).usd();
      if (!purse.isUnlimited() && want.signum() > 0 && purse.free().usd().compareTo(want) < 0) {
        if (!cutOff && !purse.wasAnsweredSince(sinceNanos)) {
          return null;
        }
        BigDecimal quarter = purse.free().usd().max(BigDecimal.ZERO).multiply(QUARTER);
        fraction = fraction.min(quarter.divide(want, FRACTION));
      }
    }
    return wanted.times(fraction).most(least);
  }

  /// Why there is nothing for him.
  ///
  /// @param heard the bank has just answered: only then can it be told that there is nothing
  /// @return null if he is to wait on
  @Nullable RuntimeException refusal(boolean heard, long patienceNanos, long now) {
    long waited = now - sinceNanos;
    if (!heard) {
      return waited > patienceNanos + LAST_CHANCE_NANOS ? unavailable() : null;
    }
    // Who is silent only shows after a while: an answer from before that says too little.
    long lastLook = sinceNanos + patienceNanos - LAST_LOOK_NANOS;
    boolean last = waited > patienceNanos;
    boolean stuck = false;
    boolean lacking = false;
    Money affordable = null;
    for (Purse purse : purses) {
      Money enough = least.from(purse.name);
      boolean ample =
          purse.knows(now)
              && (purse.isUnlimited() || purse.free().compareTo(enough) >= 0)
              && !(enough.isZero() && purse.isOverdrawn());
      if (ample) {
        continue;
      }
      if (!purse.wasAnsweredSince(sinceNanos) || !purse.knows(now)) {
        return null;
      }
      Money own = purse.affordable();
      if (purse.conceivable().compareTo(enough) < 0) {
        return new InsufficientCreditException("Insufficient credits", own);
      }
      affordable = affordable == null || own.compareTo(affordable) < 0 ? own : affordable;
      lacking |= own.compareTo(enough) < 0;
      last &= purse.wasAnsweredSince(lastLook);
      stuck |= own.compareTo(enough) < 0 && own.plus(purse.asleep()).compareTo(enough) >= 0;
    }
    if (!last || affordable == null || !lacking) {
      return null;
    }
    // What a replica that is not heard of has may well be free: that is for us to mend, not for the
    // caller to pay.
    return stuck
        ? unavailable()
        : new InsufficientCreditException("Insufficient credits", affordable);
  }

  private static CreditUnavailableException unavailable() {
    return new CreditUnavailableException("credit cannot be told");
  }
}
