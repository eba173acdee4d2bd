package dev.signalbox.billing.credit;

import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Money;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Where all replicas draw their credit from. It never lends more than remains of a limit.
public interface CreditBank {
  /// Something that has credit: an account's balance, or, with a key, that key's limit.
  record Name(UUID account, @Nullable String key) {}

  /// @param need less helps nobody; 0 for a share as the bank sees fit
  /// @param want what would do
  /// @param due what was consumed already: as much of it as there is
  record Wish(Name name, Money need, Money want, Money due) {
    public Wish(Name name, Money need, Money want) {
      this(name, need, want, Money.ZERO);
    }
  }

  /// @param returned all that was ever given back of the pot
  record Gift(long pot, Money returned) {}

  /// What the bank says of a wish.
  ///
  /// @param wish the wish's place in the list
  /// @param unlimited there is no limit: nothing needs to be drawn
  /// @param pot the limit's present window
  /// @param drawn all that this run ever drew of the pot
  /// @param leftMillis until the window ends
  /// @param remaining what nobody has drawn or spent; negative if too much was
  /// @param elsewhere what others have drawn
  /// @param asleep of that, what those have who are not heard of
  record Grant(
      int wish,
      boolean unlimited,
      long pot,
      Money drawn,
      OptionalLong leftMillis,
      Money remaining,
      Money elsewhere,
      Money asleep) {}

  /// Enters a run; returns the number under which it holds credit. Fails with [FencedException] if
  /// the journal was opened again since, somewhere else.
  Mono<Long> enter(Journal.Run run);

  /// Says that the holder lives, gives back, and asks. Saying it twice changes nothing but that
  /// more may be drawn. Fails with [FencedException] once the holder was closed.
  Mono<List<Grant>> sync(long holder, List<Gift> gifts, List<Wish> wishes);

  /// Frees what earlier runs of the journal have left, none of whose records wait in it any more.
  Mono<Void> closeBefore(Journal.Run run);

  /// The pots of which another replica needs what is idle here.
  Flux<Long> recalls();

  /// A holder that holds nothing any more.
  final class FencedException extends RuntimeException {
    private final boolean copied;

    public FencedException(String message, boolean copied) {
      super(message, null, false, false);
      this.copied = copied;
    }

    /// Whether another process goes on under the journal's name.
    public boolean isCopied() {
      return copied;
    }
  }
}
