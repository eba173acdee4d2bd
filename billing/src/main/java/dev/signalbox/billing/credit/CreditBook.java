package dev.signalbox.billing.credit;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.credit.CreditBank.FencedException;
import dev.signalbox.billing.credit.CreditBank.Gift;
import dev.signalbox.billing.credit.CreditBank.Grant;
import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.billing.credit.CreditBank.Wish;
import dev.signalbox.billing.credit.CreditHold.Part;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.pricing.Money;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// The credit this replica has drawn, and who holds what of it.
public final class CreditBook {
  /*
   * A request is paid from up to two pots: its key's limit and its account's balance. As long as the
   * slices drawn of both have enough, holding is two subtractions. Slices are renewed when half of them
   * is gone, so that hardly any request finds one empty; one that does waits in line while the bank is
   * asked, with all other wishes, in one call. What others have and do not use is recalled for it.
   *
   * Nothing here has a thread or a clock of its own: `tick` is called often, by a timer or by a test.
   *
   * What the bank is told are sums that only rise (all ever drawn, returned, settled), so that a lost
   * answer is made good by the next one.
   */
  private static final Logger log = LoggerFactory.getLogger(CreditBook.class);
  private static final int MAX_WAITING = 10_000;
  private static final long ASK_AGAIN_NANOS = Duration.ofMillis(40).toNanos();
  private static final long REFRESH_NANOS = Duration.ofSeconds(5).toNanos();

  /// How often the bank hears from us: a replica that is silent for longer is taken for dead.
  private static final long BEAT_NANOS = Duration.ofMillis(500).toNanos();

  private static final long ASK_A_DOWN_BANK_NANOS = Duration.ofMillis(250).toNanos();

  private static final long TIDY_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long FORGET_NANOS = Duration.ofHours(1).toNanos();

  /// @param patience how long a request waits for credit that others may give back
  /// @param idle after which credit that is not used is given back
  /// @param outage how long credit may be spent while the bank cannot be reached
  public record Rules(Duration patience, Duration idle, Duration outage) {
    public static final Rules DEFAULT =
        new Rules(Duration.ofSeconds(2), Duration.ofMinutes(5), Duration.ofMinutes(10));
  }

  private final CreditBank bank;
  private final Journal journal;
  private final LongSupplier clock;
  private final Rules rules;
  private final Map<Name, Purse> purses = new ConcurrentHashMap<>();

  /// Every slice that is not over, by pot; those of windows that ended too.
  private final Map<Long, Slice> slices = new ConcurrentHashMap<>();

  private final ConcurrentLinkedQueue<Waiter> waiters = new ConcurrentLinkedQueue<>();

  /// Purses whose last wish was not answered.
  private final ConcurrentLinkedQueue<Purse> unheard = new ConcurrentLinkedQueue<>();

  /// Those who wait for no more than the bank's next answer.
  private final ConcurrentLinkedQueue<Sinks.Empty<Void>> listeners = new ConcurrentLinkedQueue<>();

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean asking = new AtomicBoolean();
  private final AtomicBoolean somethingToSay = new AtomicBoolean();
  private volatile long holder;
  private volatile long confirmedNanos;
  private volatile long askedNanos;
  private long tidiedNanos;
  private volatile boolean failing;
  private volatile boolean closing;

  public CreditBook(CreditBank bank, Journal journal, LongSupplier clock, Rules rules) {
    this.bank = bank;
    this.journal = journal;
    this.clock = clock;
    this.rules = rules;
    this.askedNanos = clock.getAsLong() - REFRESH_NANOS;
    this.confirmedNanos = clock.getAsLong();
  }

  /// Sets credit aside, at once if this replica has it.
  ///
  /// @param least what will do where there is no more
  public Mono<CreditHold> hold(ApiKey key, Dues wanted, Dues least) {
    long now = clock.getAsLong();
    List<Purse> all = purses(key, now);
    Dues kept = wanted.kept();
    if (!isAwaited(all)) {
      CreditHold hold = take(all, kept, now);
      if (hold != null) {
        return Mono.just(hold);
      }
    }
    if (closing || waiting.get() >= MAX_WAITING) {
      return Mono.error(new CreditUnavailableException("too many wait for credit"));
    }
    var waiter = new Waiter(all, kept, least.kept(), now);
    all.forEach(purse -> purse.waits(1));
    waiting.incrementAndGet();
    waiters.add(waiter);
    return waiter
        .hold
        .asMono()
        .doOnSubscribe(_ -> ask())
        .doOnCancel(() -> waiter.gone = true)
        .doOnDiscard(CreditHold.class, CreditHold::release);
  }

  private static boolean isAwaited(List<Purse> purses) {
    for (Purse purse : purses) {
      if (purse.hasWaiting()) {
        return true;
      }
    }
    return false;
  }

  private List<Purse> purses(ApiKey key, long now) {
    var all = new ArrayList<Purse>(2);
    if (key.limit().isPresent()) {
      var terms = List.of(key.limit().get(), key.limitReset(), key.includeByokInLimit());
      all.add(purse(new Name(key.accountId(), key.hash()), terms, now));
    }
    if (!key.unlimited()) {
      all.add(purse(new Name(key.accountId(), null), "", now));
    }
    return all;
  }

  private Purse purse(Name name, Object terms, long now) {
    Purse purse = purses.get(name);
    if (purse != null && purse.terms.equals(terms)) {
      purse.used(now);
      return purse;
    }
    return purses.compute(
        name,
        (_, before) -> {
          if (before != null && before.terms.equals(terms)) {
            return before;
          }
          if (before != null) {
            before.empty();
          }
          return new Purse(name, terms, now);
        });
  }

  /// Takes an amount from all purses or none.
  private @Nullable CreditHold take(List<Purse> all, Dues amount, long now) {
    if (now - confirmedNanos > rules.outage().toNanos()) {
      return null;
    }
    var parts = new ArrayList<Part>(2);
    for (Purse purse : all) {
      Slice slice = purse.slice();
      Money part = amount.from(purse.name);
      boolean held =
          purse.knows(now)
              && (!part.isZero() || !purse.isOverdrawn())
              && (purse.isUnlimited() || slice != null && slice.hold(part));
      if (!held) {
        for (Part taken : parts) {
          if (taken.slice() != null) {
            taken.slice().release(amount.from(taken.purse().name));
          }
        }
        return null;
      }
      parts.add(new Part(purse, purse.isUnlimited() ? null : slice));
    }
    for (Purse purse : all) {
      // Where nothing is drawn, nothing is renewed: what is known of it would stay as it was.
      boolean drawsNothing = purse.isUnlimited() || purse.free().isZero();
      boolean stale = drawsNothing && now - purse.askedNanos() > REFRESH_NANOS;
      if (stale) {
        purse.wishes(Money.ZERO, Money.ZERO);
      }
      if (purse.renews(now) || stale) {
        ask();
      }
    }
    return new CreditHold(this, parts, amount);
  }

  /// A hold could not be extended.
  void misses(Purse purse, Money need, Money want) {
    purse.wishes(need, want);
    ask();
  }

  void wasUsed(Purse purse) {
    purse.used(clock.getAsLong());
  }

  /// Something is free again: whoever waits may have it.
  void freed() {
    if (waiting.get() > 0) {
      serve(false);
    }
  }

  /// Another replica needs what is idle here of a pot.
  public void recall(long pot) {
    Slice slice = slices.get(pot);
    if (slice != null && slice.free().usd().signum() > 0) {
      slice.giveBack();
      ask();
    }
  }

  /// Lets time pass: whoever waited long enough is told so, and the bank hears of us.
  public void tick() {
    long now = clock.getAsLong();
    if (waiting.get() > 0) {
      serve(false);
    }
    giveBackWhatIsIdle(now);
    long silent = now - askedNanos;
    boolean pressing = somethingToSay.get() || waiting.get() > 0 && silent > ASK_AGAIN_NANOS;
    boolean due = failing ? silent > ASK_A_DOWN_BANK_NANOS : pressing;
    if (due || silent > BEAT_NANOS) {
      ask();
    }
  }

  private void giveBackWhatIsIdle(long now) {
    if (now - tidiedNanos < TIDY_NANOS) {
      return;
    }
    tidiedNanos = now;
    for (Iterator<Purse> all = purses.values().iterator(); all.hasNext(); ) {
      Purse purse = all.next();
      if (purse.isIdle(now, rules.idle().toNanos())) {
        purse.empty();
        all.remove();
      }
    }
    Set<Slice> current = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Purse purse : purses.values()) {
      Slice slice = purse.slice();
      if (slice != null && !slice.isPast(now)) {
        current.add(slice);
      }
    }
    for (Slice slice : slices.values()) {
      if (!current.contains(slice) && slice.held().isZero()) {
        slice.giveBack();
      }
    }
    slices.values().removeIf(slice -> slice.isOver(now, FORGET_NANOS));
  }

  /// Gives everything back, as far as the bank can be told.
  public Mono<Void> close() {
    closing = true;
    slices.values().forEach(Slice::giveBack);
    var gifts = gifts();
    return holder == 0 || gifts.isEmpty()
        ? Mono.empty()
        : bank.sync(holder, gifts, List.of()).then();
  }

  long now() {
    return clock.getAsLong();
  }

  /// Asks the bank for what purses wish.
  ///
  /// @param now or as soon as time passes: others are given a moment to give back
  void ask(boolean now) {
    if (now) {
      ask();
    } else {
      somethingToSay.set(true);
    }
  }

  private void ask() {
    somethingToSay.set(true);
    if (!asking.compareAndSet(false, true)) {
      return;
    }
    somethingToSay.set(false);
    long sent = clock.getAsLong();
    askedNanos = sent;
    List<Gift> gifts = gifts();
    var asking = new ArrayList<Purse>();
    List<Wish> wishes = wishes(asking, sent);
    entered()
        .flatMap(
            entered ->
                bank.sync(entered, gifts, wishes)
                    .doOnNext(grants -> heard(entered, sent, gifts, asking, grants)))
        .subscribe(_ -> {}, failure -> failed(failure, asking), this::done);
  }

  private Mono<Long> entered() {
    return holder != 0
        ? Mono.just(holder)
        : bank.enter(journal.run()).doOnNext(entered -> holder = entered);
  }

  private List<Gift> gifts() {
    return slices.values().stream()
        .filter(slice -> slice.holder == holder && slice.hasToTell())
        .map(slice -> new Gift(slice.pot, slice.returned()))
        .toList();
  }

  /// @param asking is filled with the purses that wish, in the order of their wishes
  private List<Wish> wishes(List<Purse> asking, long now) {
    // In an order that a simulation can repeat.
    Set<Purse> all = new LinkedHashSet<>(purses.values());
    for (Purse purse = unheard.poll(); purse != null; purse = unheard.poll()) {
      purse.wishes(Money.ZERO, Money.ZERO);
      all.add(purse);
    }
    for (Waiter waiter : waiters) {
      all.addAll(waiter.purses);
      waiter.wish(now);
    }
    var wishes = new ArrayList<Wish>();
    for (Purse purse : all) {
      Wish wish = purse.takeWish();
      if (wish != null) {
        wishes.add(wish);
        asking.add(purse);
      }
    }
    return wishes;
  }

  private void heard(
      long entered, long sent, List<Gift> gifts, List<Purse> asking, List<Grant> grants) {
    confirmedNanos = sent;
    if (failing) {
      failing = false;
      log.info("Credit can be drawn again");
    }
    for (Gift gift : gifts) {
      Slice slice = slices.get(gift.pot());
      if (slice != null) {
        slice.told(gift.returned());
      }
    }
    for (Grant grant : grants) {
      Slice slice = grant.unlimited() ? null : slice(entered, grant, sent);
      asking.get(grant.wish()).granted(grant, slice, sent);
    }
    serve(true);
  }

  private Slice slice(long entered, Grant grant, long sent) {
    Slice slice = slices.computeIfAbsent(grant.pot(), pot -> new Slice(pot, entered));
    slice.drawn(grant.drawn());
    grant.leftMillis().ifPresent(left -> slice.endsAt(sent + TimeUnit.MILLISECONDS.toNanos(left)));
    return slice;
  }

  private void failed(Throwable failure, List<Purse> asking) {
    // What was drawn for them may be ours all the same.
    unheard.addAll(asking);
    if (failure instanceof FencedException fenced) {
      log.error("What was leased to this replica is lost to it: {}", fenced.getMessage());
      holder = 0;
      slices.clear();
      purses.values().forEach(Purse::fenced);
      journal.next(fenced.isCopied());
    } else if (!failing) {
      failing = true;
      log.warn("No credit can be drawn: the database does not answer ({})", failure.toString());
    }
    done();
  }

  private void done() {
    asking.set(false);
    if (somethingToSay.get() && !failing) {
      ask();
    }
    for (int waiting = listeners.size(); waiting > 0; waiting--) {
      Sinks.Empty<Void> listener = listeners.poll();
      if (listener != null) {
        listener.tryEmitEmpty();
      }
    }
  }

  /// Completes when the bank has answered once more, or could not.
  Mono<Void> answered() {
    Sinks.Empty<Void> listener = Sinks.empty();
    listeners.add(listener);
    return listener.asMono();
  }

  /// Gives whoever waits what there is now, and tells those who wait in vain.
  ///
  /// @param heard the bank has just answered: only then can it be told that there is nothing
  private void serve(boolean heard) {
    long now = clock.getAsLong();
    boolean progress = false;
    for (Waiter waiter : waiters) {
      RuntimeException refusal = null;
      CreditHold hold = waiter.gone ? null : take(waiter.purses, waiter.wanted, now);
      if (hold == null && !waiter.gone) {
        hold = lesser(waiter, now);
      }
      if (hold == null && !waiter.gone) {
        refusal = waiter.refusal(heard, rules.patience().toNanos(), now);
        if (refusal == null) {
          continue;
        }
      }
      if (!waiters.remove(waiter)) {
        if (hold != null) {
          hold.release();
        }
        continue;
      }
      waiter.purses.forEach(purse -> purse.waits(-1));
      waiting.decrementAndGet();
      progress = true;
      if (hold != null) {
        if (waiter.gone || waiter.hold.tryEmitValue(hold).isFailure()) {
          hold.release();
        }
      } else if (refusal != null) {
        waiter.hold.tryEmitError(refusal);
      }
    }
    if (progress && waiting.get() > 0) {
      somethingToSay.set(true);
    }
  }

  private @Nullable CreditHold lesser(Waiter waiter, long now) {
    Dues lesser = waiter.lesser(failing, now);
    return lesser == null ? null : take(waiter.purses, lesser, now);
  }

  /// The run under which credit is held; empty until the bank was reached.
  public OptionalLong holder() {
    return holder == 0 ? OptionalLong.empty() : OptionalLong.of(holder);
  }

  /// Whether the bank could not be reached when it was last asked.
  public boolean isCutOff() {
    return failing;
  }

  public int waiting() {
    return waiting.get();
  }

  /// What is leased here and neither held nor spent.
  public Money free() {
    return slices.values().stream().map(Slice::free).reduce(Money.ZERO, Money::plus);
  }

  /// What running generations have set aside.
  public Money held() {
    return slices.values().stream().map(Slice::held).reduce(Money.ZERO, Money::plus);
  }
}
