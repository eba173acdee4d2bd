package dev.signalbox.billing.credit;

import dev.signalbox.pricing.Money;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Credit set aside in every pot that a generation is paid from.
public final class CreditHold {
  private final CreditBook book;
  private final List<Part> parts;
  private final OptionalLong holder;
  private Money amount;
  private boolean over;

  /// @param slice where the credit is; none where there is no limit
  record Part(Purse purse, @Nullable Slice slice) {}

  CreditHold(CreditBook book, List<Part> parts, Money amount) {
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

  public synchronized Money amount() {
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
  public synchronized boolean extend(Money more) {
    if (over) {
      return false;
    }
    var done = new ArrayList<Slice>(parts.size());
    for (Part part : parts) {
      Slice slice = part.slice();
      if (slice == null) {
        continue;
      }
      if (!slice.hold(more)) {
        done.forEach(held -> held.release(more));
        book.misses(part.purse(), more.minus(slice.free()), more);
        return false;
      }
      done.add(slice);
      book.wasUsed(part.purse());
    }
    amount = amount.plus(more);
    return true;
  }

  /// Sets aside what a price needs beyond what is held, as far as there is any here.
  ///
  /// @return how much of the price can be charged
  public synchronized Money cover(Money price) {
    if (isLimited() && price.compareTo(amount) > 0 && !extend(price.minus(amount))) {
      Money most = price.minus(amount);
      for (Part part : parts) {
        if (part.slice() != null && part.slice().free().compareTo(most) < 0) {
          most = part.slice().free();
        }
      }
      if (most.usd().signum() > 0) {
        extend(most);
      }
    }
    return !isLimited() || price.compareTo(amount) <= 0 ? price : amount;
  }

  private boolean isLimited() {
    return holder.isPresent();
  }

  /// Spends a part of it, and frees the rest.
  public synchronized void settle(Money charged) {
    if (!over) {
      over = true;
      parts.forEach(
          part -> {
            if (part.slice() != null) {
              part.slice().settle(amount, charged);
              book.wasUsed(part.purse());
            }
          });
      book.freed();
    }
  }

  /// Frees all of it.
  public void release() {
    settle(Money.ZERO);
  }
}
