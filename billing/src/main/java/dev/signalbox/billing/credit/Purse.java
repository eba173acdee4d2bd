package dev.signalbox.billing.credit;

import dev.signalbox.billing.credit.CreditBank.Grant;
import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.billing.credit.CreditBank.Wish;
import dev.signalbox.pricing.Money;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One key's limit, or one account's balance, as this replica knows it.
final class Purse {
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  final Name name;

  /// The limit as the key has it: another one makes what is known here worthless.
  final Object terms;

  private @Nullable Slice slice;
  private boolean answered;
  private boolean unlimited;
  private Money remaining = Money.ZERO;
  private Money elsewhere = Money.ZERO;
  private Money asleep = Money.ZERO;
  private Money lastFree = Money.ZERO;

  /// When what is known was asked for.
  private long knownNanos;

  private long usedNanos;
  private @Nullable Wish wish;
  private int waiting;

  Purse(Name name, Object terms, long now) {
    this.name = name;
    this.terms = terms;
    this.usedNanos = now;
  }

  /// Whether something is known that still holds. A window that is over is not.
  synchronized boolean knows(long now) {
    return answered && (unlimited || slice != null && !slice.isPast(now));
  }

  synchronized boolean isUnlimited() {
    return unlimited;
  }

  synchronized @Nullable Slice slice() {
    return slice;
  }

  synchronized long askedNanos() {
    return knownNanos;
  }

  synchronized boolean wasAnsweredSince(long nanos) {
    return answered && knownNanos - nanos >= 0;
  }

  /// More is spent than there ever was: not even what costs nothing may be had.
  synchronized boolean isOverdrawn() {
    return !unlimited && conceivable().usd().signum() < 0;
  }

  synchronized Money free() {
    return slice == null ? Money.ZERO : slice.free();
  }

  /// What can be had without anybody giving something back.
  synchronized Money affordable() {
    Money most = remaining.usd().signum() > 0 ? free().plus(remaining) : free();
    return most.usd().signum() < 0 ? Money.ZERO : most;
  }

  /// What could be had if everybody gave back all they hold.
  synchronized Money conceivable() {
    Money own = slice == null ? Money.ZERO : slice.held().plus(slice.untold());
    return free().plus(remaining).plus(own).plus(elsewhere);
  }

  synchronized Money asleep() {
    return asleep;
  }

  synchronized void used(long now) {
    usedNanos = now;
  }

  synchronized boolean isIdle(long now, long idleNanos) {
    return waiting == 0 && now - usedNanos > idleNanos && (slice == null || slice.held().isZero());
  }

  /// Asks for more while there is still some, so that nobody needs to wait.
  synchronized boolean renews(long now) {
    if (wish != null || slice == null || unlimited) {
      return false;
    }
    boolean low = slice.free().times(2).compareTo(lastFree) < 0;
    boolean more = remaining.usd().signum() > 0 || now - knownNanos > RETRY_NANOS;
    if (low && more) {
      wish = new Wish(name, Money.ZERO, Money.ZERO);
      return true;
    }
    return false;
  }

  /// Of several needs the smallest is asked for, lest a great one that nobody can meet keep a small
  /// one waiting; of several wants the greatest.
  synchronized void wishes(Money need, Money want) {
    if (wish != null) {
      Money other = wish.need();
      boolean smaller = !other.isZero() && (need.isZero() || other.compareTo(need) < 0);
      need = smaller ? other : need;
      want = wish.want().compareTo(want) > 0 ? wish.want() : want;
    }
    wish = new Wish(name, need, want, wish == null ? Money.ZERO : wish.due());
  }

  /// Asks for what was consumed beyond what was held: a part of it helps too.
  synchronized void owes(Money due) {
    if (wish == null) {
      wish = new Wish(name, Money.ZERO, Money.ZERO, due);
    } else {
      wish = new Wish(name, wish.need(), wish.want(), wish.due().plus(due));
    }
  }

  /// Whether more of a slice can be had: it is not of a window that is over, and the bank has
  /// something, or others do who are heard of.
  ///
  /// @param sinceNanos what the bank said before says nothing
  synchronized boolean mayGive(Slice of, long sinceNanos) {
    return slice == of
        && (!wasAnsweredSince(sinceNanos)
            || remaining.usd().signum() > 0
            || of.untold().usd().signum() > 0
            || elsewhere.compareTo(asleep) > 0);
  }

  synchronized @Nullable Wish takeWish() {
    Wish taken = wish;
    wish = null;
    return taken;
  }

  synchronized void waits(int change) {
    waiting += change;
  }

  synchronized boolean hasWaiting() {
    return waiting > 0;
  }

  /// @param granted the slice of the pot that the bank speaks of; none if there is no limit
  /// @param askedNanos before the bank was asked: what it says of time left counts from there
  synchronized void granted(Grant grant, @Nullable Slice granted, long askedNanos) {
    answered = true;
    knownNanos = askedNanos;
    unlimited = grant.unlimited();
    remaining = grant.remaining();
    elsewhere = grant.elsewhere();
    asleep = grant.asleep();
    if (slice != null && slice != granted && slice.held().isZero()) {
      slice.giveBack();
    }
    slice = granted;
    lastFree = free();
  }

  /// Gives back what is free, and forgets that there was any.
  synchronized void empty() {
    if (slice != null) {
      slice.giveBack();
    }
    lastFree = Money.ZERO;
  }

  /// Forgets everything: the bank did.
  synchronized void fenced() {
    slice = null;
    answered = false;
  }
}
