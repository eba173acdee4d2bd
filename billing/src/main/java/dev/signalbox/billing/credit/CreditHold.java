package dev.signalbox.billing.credit;

import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.pricing.Money;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Credit set aside in every pot that a generation is paid from.
public final class CreditHold {
  /// How often the bank is asked for what an answer costs beyond its hold: others take a moment to
  /// give back what they do not need, and an answer may be one to an earlier question.
  private static final int DRAWS = 10;

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
    this.holder = holder(parts);
  }

  private static OptionalLong holder(List<Part> parts) {
    for (Part part : parts) {
      if (part.slice() != null) {
        return OptionalLong.of(part.slice().holder);
      }
    }
    return OptionalLong.empty();
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
    Part lacking = take(more);
    if (lacking == null) {
      return true;
    }
    Money share = more.from(lacking.purse().name);
    Money free = lacking.slice() == null ? Money.ZERO : lacking.slice().free();
    book.misses(lacking.purse(), share.minus(free), share);
    return false;
  }

  /// Sets more aside in all pots; returns one that has not as much, and then none is changed.
  private @Nullable Part take(Dues more) {
    for (Part part : parts) {
      if (part.slice() != null && !part.slice().hold(more.from(part.purse().name))) {
        for (Part done : parts.subList(0, parts.indexOf(part))) {
          if (done.slice() != null) {
            done.slice().release(more.from(done.purse().name));
          }
        }
        return part;
      }
      book.wasUsed(part.purse());
    }
    amount = amount.plus(more);
    return null;
  }

  /// Sets aside what a price needs beyond what is held. What is not at hand is drawn from the bank,
  /// and gathered from others; completes too when there is not as much: with all that there was.
  public Mono<Void> reach(Dues price) {
    return reach(price, DRAWS, book.now());
  }

  private Mono<Void> reach(Dues price, int draws, long sinceNanos) {
    Mono<Void> answer;
    synchronized (this) {
      Dues missing = missing(price);
      if (over || !isLimited() || missing.isZero() || take(missing) == null) {
        return Mono.empty();
      }
      // It is consumed: what there is of it must not go to anybody else meanwhile.
      takeSome(price);
      if (draws == 0 || book.isCutOff() || !owe(missing(price), sinceNanos)) {
        return Mono.empty();
      }
      answer = book.answered();
    }
    book.ask(draws == DRAWS);
    return answer.then(Mono.defer(() -> reach(price, draws - 1, sinceNanos)));
  }

  private Dues missing(Dues price) {
    return price.minus(amount).most(Dues.ZERO).kept();
  }

  /// Asks for what is missing, unless the bank has said that one of the pots has no more: then more
  /// of the other helps nobody.
  private boolean owe(Dues missing, long sinceNanos) {
    Dues lacking = missing.minus(free()).most(Dues.ZERO);
    for (Part part : parts) {
      boolean lacks = !lacking.from(part.purse().name).isZero();
      if (part.slice() != null && lacks && !part.purse().mayGive(part.slice(), sinceNanos)) {
        return false;
      }
    }
    for (Part part : parts) {
      Money share = lacking.from(part.purse().name);
      if (part.slice() != null && !share.isZero()) {
        part.purse().owes(share);
      }
    }
    return true;
  }

  /// Sets aside what is free here, the same of each pot: what one has beyond another helps nobody
  /// here, and may help others.
  private void takeSome(Dues price) {
    Money level = chargeable(price, amount.plus(free()));
    Dues some = price.minus(Dues.of(price.account())).plus(Dues.of(level)).minus(amount);
    take(some.most(Dues.ZERO));
  }

  /// Returns what the account can be charged of a price, each pot having so much.
  private Money chargeable(Dues price, Dues of) {
    Money charged = price.account();
    for (Part part : parts) {
      if (part.slice() != null) {
        Money beside = price.from(part.purse().name).minus(price.account());
        Money room = of.from(part.purse().name).minus(beside);
        charged = room.compareTo(charged) < 0 ? room : charged;
      }
    }
    return charged.usd().signum() < 0 ? Money.ZERO : charged;
  }

  /// Sets aside what a price needs beyond what is held, as far as there is any here.
  ///
  /// @return how much of it the account can be charged
  public synchronized Money cover(Dues price) {
    if (!isLimited()) {
      return price.account();
    }
    Dues missing = missing(price);
    if (!over && !missing.isZero() && take(missing) != null) {
      takeSome(price);
    }
    return chargeable(price, amount);
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
