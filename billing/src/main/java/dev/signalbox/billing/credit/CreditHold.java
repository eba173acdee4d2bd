package dev.signalbox.billing.credit;

import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.pricing.Money;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Credit set aside in every pot that a generation is paid from.
public final class CreditHold {
  /// Each of two pots may have to be asked, an answer may be one to an earlier question, and others
  /// take a moment to give back what they do not need.
  private static final int DRAWS = 8;

  private final CreditBook book;
  private final List<Part> parts;
  private final OptionalLong holder;
  private Dues amount;
  private boolean over;

  /// @param slice where the credit is; none where there is no limit
  record Part(Purse purse, @Nullable Slice slice) {}

  CreditHold(CreditBook book, List<Part> parts, Dues amount) {
    this.book = book;
    this.parts = List.copyOf(parts);
    this.amount = amount;
    this.holder =
        parts.stream()
            .map(Part::slice)
            .filter(slice -> slice != null)
            .mapToLong(slice -> slice.holder)
            .findFirst();
  }

  List<Part> parts() {
    return parts;
  }

  public synchronized Dues amount() {
    return amount;
  }

  /// The run that holds it; empty where nothing is limited.
  public OptionalLong holder() {
    return holder;
  }

  /// The pot of the key's limit; empty where it has none.
  public OptionalLong keyPot() {
    for (Part part : parts) {
      if (part.purse().name.key() != null && part.slice() != null) {
        return OptionalLong.of(part.slice().pot);
      }
    }
    return OptionalLong.empty();
  }

  /// Sets more aside in all pots, or in none.
  public synchronized boolean extend(Dues wanted) {
    if (over) {
      return false;
    }
    Dues more = wanted.kept();
    for (Part part : parts) {
      Money share = more.from(part.purse().name);
      if (part.slice() != null && !part.slice().hold(share)) {
        for (Part done : parts.subList(0, parts.indexOf(part))) {
          if (done.slice() != null) {
            done.slice().release(more.from(done.purse().name));
          }
        }
        book.misses(part.purse(), share.minus(part.slice().free()), share);
        return false;
      }
      book.wasUsed(part.purse());
    }
    amount = amount.plus(more);
    return true;
  }

  /// Sets aside what a price needs beyond what is held. What is not at hand is drawn from the bank;
  /// completes too when there is not as much.
  public Mono<Void> reach(Dues price) {
    return reach(price, DRAWS);
  }

  private Mono<Void> reach(Dues price, int draws) {
    synchronized (this) {
      Dues missing = price.minus(amount).most(Dues.ZERO);
      if (!isLimited() || missing.isZero() || extend(missing)) {
        return Mono.empty();
      }
    }
    // Refused, it was asked for: the bank's next answer, or the one after it, tells of it.
    return draws == 0 || book.isCutOff()
        ? Mono.empty()
        : book.answered().then(Mono.defer(() -> reach(price, draws - 1)));
  }

  /// Sets aside what a price needs beyond what is held, as far as there is any here.
  ///
  /// @return how much of it the account can be charged
  public synchronized Money cover(Dues price) {
    if (!isLimited()) {
      return price.account();
    }
    Dues missing = price.minus(amount).most(Dues.ZERO);
    if (!missing.isZero() && !extend(missing)) {
      extend(missing.least(free()));
    }
    Money charged = price.account();
    for (Part part : parts) {
      if (part.slice() != null) {
        Money beside = price.from(part.purse().name).minus(price.account());
        Money room = amount.from(part.purse().name).minus(beside);
        charged = room.compareTo(charged) < 0 ? room : charged;
      }
    }
    return charged.usd().signum() < 0 ? Money.ZERO : charged;
  }

  /// What is free of each pot; where there is no limit, as much as of the other.
  private Dues free() {
    @Nullable Money account = null;
    @Nullable Money key = null;
    for (Part part : parts) {
      if (part.slice() != null) {
        Money free = part.slice().free();
        free = free.usd().signum() < 0 ? Money.ZERO : free;
        if (part.purse().name.key() == null) {
          account = free;
        } else {
          key = free;
        }
      }
    }
    if (account == null) {
      return Dues.of(key == null ? Money.ZERO : key);
    }
    return new Dues(account, key == null ? account : key);
  }

  private boolean isLimited() {
    return holder.isPresent();
  }

  /// Spends a part of it, and frees the rest.
  public synchronized void settle(Dues spent) {
    if (!over) {
      over = true;
      Dues most = spent.least(amount);
      parts.forEach(
          part -> {
            if (part.slice() != null) {
              Name name = part.purse().name;
              part.slice().settle(amount.from(name), most.from(name));
              book.wasUsed(part.purse());
            }
          });
      book.freed();
    }
  }

  /// Frees all of it.
  public void release() {
    settle(Dues.ZERO);
  }
}
