package dev.signalbox.billing.credit;

import dev.signalbox.pricing.Money;

/// What this replica has of one pot: `drawn = returned + spent + held + free`.
final class Slice {
  final long pot;
  final long holder;
  private boolean ends;
  private long endNanos;
  private Money drawn = Money.ZERO;
  private Money returned = Money.ZERO;
  private Money acknowledged = Money.ZERO;
  private Money spent = Money.ZERO;
  private Money held = Money.ZERO;
  private Money free = Money.ZERO;

  Slice(long pot, long holder) {
    this.pot = pot;
    this.holder = holder;
  }

  synchronized void endsAt(long nanos) {
    ends = true;
    endNanos = nanos;
  }

  synchronized boolean isPast(long now) {
    return ends && now - endNanos >= 0;
  }

  /// @param allDrawn ever; an answer that was overtaken by a later one changes nothing
  synchronized void drawn(Money allDrawn) {
    if (allDrawn.compareTo(drawn) > 0) {
      drawn = allDrawn;
      free = drawn.minus(returned).minus(spent).minus(held);
    }
  }

  synchronized Money free() {
    return free;
  }

  synchronized Money held() {
    return held;
  }

  synchronized boolean hold(Money amount) {
    if (free.compareTo(amount) < 0) {
      return false;
    }
    held = held.plus(amount);
    free = free.minus(amount);
    return true;
  }

  synchronized void release(Money amount) {
    held = held.minus(amount);
    free = free.plus(amount);
  }

  /// @param charged at most what was held
  synchronized void settle(Money amount, Money charged) {
    held = held.minus(amount);
    spent = spent.plus(charged);
    free = free.plus(amount).minus(charged);
  }

  /// From now on, what is free belongs to all.
  synchronized void giveBack() {
    returned = returned.plus(free);
    free = Money.ZERO;
  }

  synchronized Money returned() {
    return returned;
  }

  /// What was given back and may not have arrived.
  synchronized Money untold() {
    return returned.minus(acknowledged);
  }

  synchronized boolean hasToTell() {
    return returned.compareTo(acknowledged) > 0;
  }

  synchronized void told(Money amount) {
    if (amount.compareTo(acknowledged) > 0) {
      acknowledged = amount;
    }
  }

  /// Whether its window ended long ago and nothing of it can change any more. Until then it must
  /// not be forgotten: the bank counts what was ever drawn, and so must we what was ever spent.
  synchronized boolean isOver(long now, long afterNanos) {
    return ends
        && now - endNanos > afterNanos
        && held.isZero()
        && free.isZero()
        && returned.equals(acknowledged);
  }
}
