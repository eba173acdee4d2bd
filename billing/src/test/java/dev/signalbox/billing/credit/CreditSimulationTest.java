package dev.signalbox.billing.credit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.LimitReset;
import dev.signalbox.billing.credit.CreditBank.FencedException;
import dev.signalbox.billing.credit.CreditBank.Gift;
import dev.signalbox.billing.credit.CreditBank.Grant;
import dev.signalbox.billing.credit.CreditBank.Name;
import dev.signalbox.billing.credit.CreditBank.Wish;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.ledger.Books;
import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The credit book of several replicas on one thread and in virtual time, with a model of the bank
/// and everything that can go wrong between them. A seed that fails can be run again alone:
/// `-Dsignalbox.seed=`.
class CreditSimulationTest {
  private static final int SEEDS = Integer.getInteger("signalbox.seeds", 2_000);
  private static final long MILLI = 1_000_000;

  /// Seeds that are near each other would begin with the same draws.
  private static final long APART = 0x9E3779B97F4A7C15L;

  private static final long WINDOW = 12_000 * MILLI;

  @Test
  void noSeedOverdrawsStrandsOrRefusesFalsely() {
    Long one = Long.getLong("signalbox.seed");
    var seen = new HashMap<String, Integer>();
    for (long seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
      var world = new World(seed * APART);
      try {
        world.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + " at " + world.now / MILLI + " ms", e);
      }
      world.happened.forEach((what, count) -> seen.merge(what, count, Integer::sum));
    }
    if (one == null) {
      // The simulation is worth something only if all of it happens.
      assertThat(seen.keySet())
          .contains(
              "held",
              "waited",
              "refused",
              "unavailable",
              "extended",
              "overrun",
              "killed",
              "disk lost",
              "restarted",
              "paused",
              "request lost",
              "answer lost",
              "bank down",
              "recalled",
              "recall lost",
              "window ended",
              "limit changed",
              "drain repeated",
              "fenced",
              "settled");
      assertThat(seen.get("held")).isGreaterThan(10 * SEEDS);
    }
  }

  /// Answers that cost anything between a cent and more than the whole limit, each held with less
  /// than a hundredth of it: nothing of the limit stays behind, on however many replicas.
  @Test
  void aLimitIsUsedUpHoweverDearAnAnswerIs() {
    Long one = Long.getLong("signalbox.seed");
    int seeds = SEEDS / 4;
    double least = 1;
    for (long seed = one == null ? 0 : one; seed < (one == null ? seeds : one + 1); seed++) {
      try {
        least = Math.min(least, new World(seed * APART, true).useUp());
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    System.out.printf("seeds 0 to %d: at least %.2f %% used%n", seeds - 1, least * 100);
  }

  /// A mistake that is planted must be found: else the checks are worth nothing.
  @Test
  void plantedMistakesAreFound() {
    for (Fault fault : Fault.values()) {
      boolean found = false;
      for (long seed = 4_096; seed < 8_000 && !found; seed++) {
        var world = new World(seed);
        world.planted = fault;
        try {
          world.run();
        } catch (AssertionError | RuntimeException e) {
          found = true;
        }
      }
      assertThat(found).as(fault.name()).isTrue();
    }
  }

  /// Mistakes of a bank or a drainer that the invariants must notice.
  enum Fault {
    LENDS_WITHOUT_LOOKING,
    FREES_THE_LEASES_OF_THE_SILENT,
    CLOSES_BEFORE_THE_JOURNAL_IS_DRAINED,
    COUNTS_A_REPLAY_TWICE,
    ADDS_UP_GIFTS_INSTEAD_OF_TAKING_THE_GREATEST,
    NEVER_RECALLS,
    FORGETS_TO_FREE_WHAT_IS_SETTLED,
    LENDS_ALL_OF_A_DUE_OR_NOTHING
  }

  private record Charge(String id, long holder, Map<Long, Money> pots) {}

  private static final class Pot {
    Name name;
    long id;
    long end = Long.MAX_VALUE;
    Money limit;
    Money settled = Money.ZERO;
    Money leased = Money.ZERO;
    Money excess = Money.ZERO;

    Money remaining() {
      return limit.minus(settled).minus(leased);
    }
  }

  private static final class Lease {
    Money drawn = Money.ZERO;
    Money returned = Money.ZERO;
    Money settled = Money.ZERO;

    Money outstanding() {
      return drawn.minus(returned).minus(settled);
    }
  }

  private static final class Holder {
    Journal.Run run;
    long seen;
    boolean closed;
    final Map<Long, Lease> leases = new TreeMap<>();
  }

  /// As `V10__ledger.sql` does it.
  private static final class Bank {
    final World world;
    final Map<Name, Money> limits = new HashMap<>();
    final Map<Long, Pot> pots = new TreeMap<>();
    final List<Holder> holders = new ArrayList<>();
    final Set<String> records = new HashSet<>();

    /// What the records add up to, each counted once.
    final Map<Long, Money> taken = new HashMap<>();

    Bank(World world) {
      this.world = world;
    }

    long enter(Journal.Run run) {
      for (int i = 0; i < holders.size(); i++) {
        Journal.Run other = holders.get(i).run;
        if (other.journal().equals(run.journal()) && other.epoch() >= run.epoch()) {
          if (other.epoch() == run.epoch() && !holders.get(i).closed) {
            return i + 1;
          }
          throw new FencedException("later", true);
        }
      }
      var holder = new Holder();
      holder.run = run;
      holder.seen = world.now;
      holders.add(holder);
      return holders.size();
    }

    Pot pot(Name name) {
      boolean windowed = name.key() != null && name.key().endsWith("w");
      long end = windowed ? (world.now / WINDOW + 1) * WINDOW : Long.MAX_VALUE;
      for (Pot pot : pots.values()) {
        if (pot.name.equals(name) && pot.end == end) {
          return pot;
        }
      }
      var pot = new Pot();
      pot.name = name;
      pot.id = pots.size() + 1;
      pot.end = end;
      pot.limit = limits.get(name);
      pots.put(pot.id, pot);
      return pot;
    }

    List<Grant> sync(long id, List<Gift> gifts, List<Wish> wishes) {
      Holder holder = holders.get((int) id - 1);
      if (holder.closed) {
        throw new FencedException("closed", false);
      }
      holder.seen = world.now;
      for (Gift gift : gifts) {
        Lease lease = holder.leases.get(gift.pot());
        Money before = lease.returned;
        if (world.planted == Fault.ADDS_UP_GIFTS_INSTEAD_OF_TAKING_THE_GREATEST) {
          lease.returned = lease.returned.plus(gift.returned());
        } else if (gift.returned().compareTo(before) > 0) {
          lease.returned = gift.returned();
        }
        Pot pot = pots.get(gift.pot());
        pot.leased = pot.leased.minus(lease.returned.minus(before));
      }
      long replicas =
          holders.stream().filter(h -> !h.closed && world.now - h.seen < 30_000 * MILLI).count();
      var grants = new ArrayList<Grant>();
      for (Wish wish : wishes) {
        grants.add(grant(holder, grants.size(), wish, replicas));
      }
      return grants;
    }

    private Grant grant(Holder holder, int at, Wish wish, long replicas) {
      Pot pot = pot(wish.name());
      pot.limit = limits.get(wish.name());
      pot.excess = atLeastZero(pot.settled.plus(pot.leased).minus(pot.limit));
      Money remaining = pot.remaining();
      Money granted = Money.ZERO;
      if (world.planted == Fault.LENDS_WITHOUT_LOOKING) {
        granted = wish.want();
      } else if (remaining.compareTo(atLeastZero(wish.need())) >= 0) {
        Money wanted = least(wish.want(), share(remaining, replicas));
        granted = most(wish.need(), most(wanted, share(remaining, 4 * replicas)));
      }
      if (world.planted != Fault.LENDS_ALL_OF_A_DUE_OR_NOTHING) {
        granted = most(granted, least(wish.due(), remaining));
      } else if (remaining.compareTo(wish.due()) >= 0) {
        granted = most(granted, wish.due());
      }
      pot.leased = pot.leased.plus(granted);
      Lease lease = holder.leases.computeIfAbsent(pot.id, _ -> new Lease());
      lease.drawn = lease.drawn.plus(granted);
      Money elsewhere = pot.leased.minus(lease.outstanding());
      Money asleep = Money.ZERO;
      for (Holder other : holders) {
        Lease theirs = other.leases.get(pot.id);
        if (!other.closed && theirs != null && world.now - other.seen > 1_500 * MILLI) {
          asleep = asleep.plus(theirs.outstanding());
        }
      }
      if (granted.compareTo(most(wish.need(), wish.due())) < 0
          && elsewhere.usd().signum() > 0
          && world.planted != Fault.NEVER_RECALLS) {
        world.recall(pot.id);
      }
      return new Grant(
          at,
          false,
          pot.id,
          lease.drawn,
          pot.end == Long.MAX_VALUE
              ? OptionalLong.empty()
              : OptionalLong.of((pot.end - world.now) / MILLI),
          pot.remaining(),
          elsewhere,
          asleep);
    }

    private static Money share(Money amount, long among) {
      return new Money(amount.usd().divide(BigDecimal.valueOf(among), 12, RoundingMode.DOWN));
    }

    private static Money least(Money one, Money other) {
      return one.compareTo(other) < 0 ? one : other;
    }

    private static Money most(Money one, Money other) {
      return one.compareTo(other) < 0 ? other : one;
    }

    void close(Journal.Run before) {
      for (Holder holder : holders) {
        if (holder.run.journal().equals(before.journal())
            && holder.run.epoch() < before.epoch()
            && !holder.closed) {
          free(holder);
          holder.closed = true;
        }
      }
    }

    void free(Holder holder) {
      holder.leases.forEach(
          (id, lease) -> {
            Pot pot = pots.get(id);
            pot.leased = pot.leased.minus(lease.outstanding());
            lease.returned = lease.drawn.minus(lease.settled);
          });
    }

    void drain(List<Charge> charges) {
      for (Charge charge : charges) {
        boolean fresh = records.add(charge.id());
        if (fresh) {
          charge.pots().forEach((id, amount) -> taken.merge(id, amount, Money::plus));
        } else if (world.planted != Fault.COUNTS_A_REPLAY_TWICE) {
          continue;
        }
        charge
            .pots()
            .forEach(
                (id, amount) -> {
                  Pot pot = pots.get(id);
                  Lease lease = holders.get((int) charge.holder() - 1).leases.get(id);
                  Money left = lease.outstanding();
                  Money freed = amount.compareTo(left) < 0 ? amount : left;
                  if (world.planted != Fault.FORGETS_TO_FREE_WHAT_IS_SETTLED) {
                    lease.settled = lease.settled.plus(freed);
                    pot.leased = pot.leased.minus(freed);
                  }
                  pot.settled = pot.settled.plus(amount);
                  pot.excess = atLeastZero(pot.settled.plus(pot.leased).minus(pot.limit));
                });
      }
    }
  }

  private static Money atLeastZero(Money amount) {
    return amount.usd().signum() < 0 ? Money.ZERO : amount;
  }

  private record Event(long at, long order, Runnable what) {}

  /// One replica: its disk outlives its runs.
  private static final class Replica implements Journal, CreditBank {
    final World world;
    final long skew;
    UUID journal = new UUID(1, 0);
    long epoch;
    List<Charge> disk = new ArrayList<>();
    CreditBook book;
    int life;
    boolean alive;
    long pausedUntil;
    int earlier;
    boolean closedEarlier;

    /// Running generations, by hold.
    final List<CreditHold> running = new ArrayList<>();

    Replica(World world, int number) {
      this.world = world;
      this.skew = number * 1_000_003L - Long.MAX_VALUE / 2 * (number % 2);
      journal = new UUID(number, 0);
    }

    void start() {
      life++;
      alive = true;
      epoch++;
      earlier = disk.size();
      closedEarlier = false;
      running.clear();
      book =
          new CreditBook(
              this,
              this,
              () -> world.now + skew,
              new CreditBook.Rules(
                  Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofMinutes(10)));
      int mine = life;
      world.every(30, () -> tick(mine), () -> life != mine || !alive);
      world.every(60, () -> drain(mine), () -> life != mine || !alive);
    }

    private void tick(int mine) {
      if (world.now >= pausedUntil) {
        book.tick();
      }
    }

    private void drain(int mine) {
      if (world.now < pausedUntil) {
        return;
      }
      if (!closedEarlier
          && (earlier == 0 || world.planted == Fault.CLOSES_BEFORE_THE_JOURNAL_IS_DRAINED)) {
        var run = run();
        world
            .<Boolean>call(
                this,
                mine,
                () -> {
                  world.bank.close(run);
                  return true;
                })
            .subscribe(_ -> closedEarlier = true, _ -> {});
      }
      var batch = List.copyOf(disk.subList(0, Math.min(disk.size(), 20)));
      if (batch.isEmpty()) {
        return;
      }
      world
          .<Boolean>call(
              this,
              mine,
              () -> {
                world.bank.drain(batch);
                return true;
              })
          .subscribe(
              _ -> {
                int before = disk.size();
                disk.removeAll(batch);
                earlier = Math.max(0, earlier - (before - disk.size()));
              },
              _ -> world.count("drain repeated"));
    }

    void kill() {
      alive = false;
      life++;
      running.clear();
    }

    @Override
    public Mono<Long> enter(Run run) {
      return world.call(this, life, () -> world.bank.enter(run));
    }

    @Override
    public Mono<List<Grant>> sync(long holder, List<Gift> gifts, List<Wish> wishes) {
      return world.call(this, life, () -> world.bank.sync(holder, gifts, wishes));
    }

    @Override
    public Mono<Void> closeBefore(Run run) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Flux<Long> recalls() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Run run() {
      return new Run(journal, epoch);
    }

    @Override
    public Run next(boolean copied) {
      world.count("fenced");
      epoch++;
      return run();
    }

    @Override
    public Mono<Void> append(String id, byte[] json, long patienceNanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Entry> oldest(int count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void drop(long throughSequence) {}

    @Override
    public Optional<String> find(String id) {
      return Optional.empty();
    }

    @Override
    public long depth() {
      return disk.size();
    }

    @Override
    public long oldestSeconds() {
      return 0;
    }

    @Override
    public long damaged() {
      return 0;
    }

    @Override
    public Optional<String> failure() {
      return Optional.empty();
    }

    @Override
    public void replace(String id, byte[] json) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isFull() {
      return false;
    }

    @Override
    public boolean isNearlyFull() {
      return false;
    }

    @Override
    public void inherit() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasEarlier() {
      return earlier > 0;
    }

    @Override
    public void close() {}
  }

  private static final class World {
    final Random random;
    final PriorityQueue<Event> events =
        new PriorityQueue<>(
            java.util.Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
    final Bank bank = new Bank(this);
    final List<Replica> replicas = new ArrayList<>();
    final List<ApiKey> keys = new ArrayList<>();
    final Map<String, Integer> happened = new HashMap<>();
    final List<Asking> asking = new ArrayList<>();
    final UUID account = new UUID(9, 9);
    final double trouble;
    final boolean dear;

    /// Holds that an answer's price goes beyond, and for which more is gathered.
    final List<Gathering> gathering = new ArrayList<>();

    /// Every charge that a caller was told, by pot.
    final Map<Long, Money> told = new HashMap<>();

    final Map<String, Charge> charges = new HashMap<>();
    boolean limitsOnlyRise = true;
    Fault planted;
    long now;
    long order;
    long bankDownUntil;
    int charge;
    long steps;
    boolean calm;

    /// Something was charged, set aside or lost since the last look at what is available.
    boolean changed;

    /// What an answer that was heard in between was wrong about.
    String wrong;

    /// Somebody who waits for credit, and the most that was there all the time.
    private final class Asking {
      final ApiKey key;
      final Money least;
      Money alwaysThere = Money.of("1000000");

      /// A replica fell silent in the meantime: that shows only after a while.
      boolean disturbed;

      Asking(ApiKey key, Money least) {
        this.key = key;
        this.least = least;
      }
    }

    /// What was there beside all the while that more was gathered for a hold.
    private final class Gathering {
      final ApiKey key;
      final CreditHold hold;
      final Money held;
      Money alwaysThere;

      Gathering(ApiKey key, CreditHold hold) {
        this.key = key;
        this.hold = hold;
        this.held = hold.amount().account();
        this.alwaysThere = there();
      }

      boolean isOfThisWindow() {
        long pot = bank.pot(new Name(account, key.hash())).id;
        return hold.parts().stream().anyMatch(part -> part.slice().pot == pot);
      }

      /// What it has got meanwhile was there too.
      Money there() {
        return available(key).plus(hold.amount().account()).minus(held);
      }
    }

    World(long seed) {
      this(seed, false);
    }

    /// @param dear one key, and answers that cost far more than is held for them
    World(long seed, boolean dear) {
      random = new Random(seed);
      this.dear = dear;
      double some = random.nextInt(4) == 0 ? 0 : Math.pow(random.nextDouble(), 2) * 0.2;
      trouble = dear ? 0 : some;
      bank.limits.put(new Name(account, null), Money.of("" + (5 + random.nextInt(20))));
      for (int i = 0; i < (dear ? 1 : 2); i++) {
        String hash = i == 0 ? "k" : "k" + i + "w";
        Money limit = Money.of(dear ? "5" : "" + (1 + random.nextInt(4)));
        bank.limits.put(new Name(account, hash), limit);
        keys.add(Books.key(account, hash, limit.toString(), i == 0 ? null : LimitReset.DAILY));
      }
      int count = 1 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        var replica = new Replica(this, i + 1);
        replicas.add(replica);
        replica.start();
      }
      at(random.nextInt(50), this::arrive);
      at(random.nextInt(3_000), this::trouble);
    }

    void count(String what) {
      happened.merge(what, 1, Integer::sum);
    }

    void at(long millis, Runnable what) {
      events.add(new Event(now + millis * MILLI + random.nextInt(1_000), order++, what));
    }

    void every(long millis, Runnable what, Supplier<Boolean> ended) {
      at(
          1 + random.nextInt((int) millis),
          new Runnable() {
            @Override
            public void run() {
              if (!ended.get()) {
                what.run();
                at(millis, this);
              }
            }
          });
    }

    /// A call over the network: it may get lost on its way there, or on its way back.
    <T> Mono<T> call(Replica from, int life, Supplier<T> what) {
      return Mono.create(
          sink ->
              at(
                  1 + random.nextInt(calm ? 3 : 30),
                  () -> {
                    boolean lost = !calm && random.nextDouble() < trouble;
                    if (now < bankDownUntil || lost) {
                      count(lost ? "request lost" : "bank down");
                      at(
                          20,
                          () -> back(from, life, () -> sink.error(new RuntimeException("lost"))));
                      return;
                    }
                    T result;
                    try {
                      result = what.get();
                    } catch (FencedException fenced) {
                      at(1, () -> back(from, life, () -> sink.error(fenced)));
                      return;
                    }
                    if (!calm && random.nextDouble() < trouble) {
                      count("answer lost");
                      at(
                          500,
                          () -> back(from, life, () -> sink.error(new RuntimeException("lost"))));
                    } else {
                      at(
                          1 + random.nextInt(calm ? 3 : 30),
                          () -> back(from, life, () -> sink.success(result)));
                    }
                  }));
    }

    /// A process that is stopped hears what came meanwhile when it goes on; a dead one never.
    private void back(Replica to, int life, Runnable what) {
      if (to.life != life || !to.alive) {
        return;
      }
      if (now < to.pausedUntil) {
        at(Math.min(200, (to.pausedUntil - now) / MILLI + 1), () -> back(to, life, what));
      } else {
        what.run();
      }
    }

    void recall(long pot) {
      for (Replica replica : replicas) {
        if (!calm && random.nextDouble() < trouble) {
          count("recall lost");
        } else {
          int life = replica.life;
          at(
              1 + random.nextInt(10),
              () ->
                  back(
                      replica,
                      life,
                      () -> {
                        count("recalled");
                        replica.book.recall(pot);
                      }));
        }
      }
    }

    private void arrive() {
      if (!calm) {
        at(random.nextInt(250), this::arrive);
      }
      Replica replica = replicas.get(random.nextInt(replicas.size()));
      if (replica.alive && now >= replica.pausedUntil) {
        ask(replica, keys.get(random.nextInt(keys.size())));
      }
    }

    private void ask(Replica replica, ApiKey key) {
      Money wanted = Money.of("0." + "%03d".formatted(1 + random.nextInt(dear ? 50 : 120)));
      Money least = random.nextBoolean() ? wanted : new Money(wanted.usd().movePointLeft(1));
      var waiting = new Asking(key, least);
      int life = replica.life;
      asking.add(waiting);
      waiting.alwaysThere = available(key);
      long from = now;
      replica
          .book
          .hold(key, Dues.of(wanted), Dues.of(least))
          .subscribe(
              hold -> {
                asking.remove(waiting);
                count(now > from ? "waited" : "held");
                changed = true;
                replica.running.add(hold);
                generate(replica, life, key, hold);
              },
              failure -> {
                asking.remove(waiting);
                if (failure instanceof InsufficientCreditException) {
                  count("refused");
                  boolean heard = (trouble < 0.05 || calm) && !waiting.disturbed;
                  // Where many gather the last of a limit, some of it is always on its way: I12 is
                  // about twice what is needed.
                  Money enough = dear ? least.times(2) : least;
                  if (heard && waiting.alwaysThere.compareTo(enough) >= 0) {
                    wrong = "402 though %s was there for %s".formatted(waiting.alwaysThere, least);
                  }
                } else {
                  if (!(failure instanceof CreditUnavailableException)) {
                    wrong = failure.toString();
                  }
                  count("unavailable");
                }
              });
    }

    private void generate(Replica replica, int life, ApiKey key, CreditHold hold) {
      for (int i = random.nextInt(3); i > 0; i--) {
        if (hold.extend(Dues.of(Money.of("0.01")))) {
          count("extended");
          changed = true;
        }
      }
      Money price =
          hold.amount()
              .account()
              .times(
                  dear
                      ? BigDecimal.valueOf(1 + random.nextInt(1 + random.nextInt(400)))
                      : BigDecimal.valueOf(random.nextInt(10) == 0 ? 300 : random.nextInt(101), 2));
      at(
          random.nextInt(1_500),
          () ->
              back(
                  replica,
                  life,
                  () -> {
                    if (random.nextInt(10) == 0) {
                      replica.running.remove(hold);
                      hold.release();
                    } else {
                      var reached = new Gathering(key, hold);
                      gathering.add(reached);
                      hold.reach(Dues.of(price))
                          .subscribe(
                              null,
                              null,
                              () -> {
                                changed = true;
                                back(replica, life, () -> settle(replica, hold, price, reached));
                              });
                    }
                  }));
    }

    private void settle(Replica replica, CreditHold hold, Money price, Gathering reached) {
      look();
      gathering.remove(reached);
      replica.running.remove(hold);
      Money charged = hold.cover(Dues.of(price));
      assertThat(charged.compareTo(price)).isNotPositive();
      assertThat(charged.compareTo(hold.amount().account())).isNotPositive();
      if (charged.compareTo(price) < 0) {
        count("overrun");
        boolean heard = trouble == 0 && !dear && reached.isOfThisWindow();
        // What others draw and give back again meanwhile may escape it.
        Money gathered = reached.alwaysThere.times(new BigDecimal("0.9")).minus(Money.of("0.02"));
        if (heard && charged.compareTo(reached.held.plus(gathered)) < 0) {
          wrong =
              "%s charged of %s though beside the %s held %s was there"
                  .formatted(charged, price, reached.held, reached.alwaysThere);
        }
        assertThat(charged.compareTo(reached.held)).isNotNegative();
      }
      var pots = new HashMap<Long, Money>();
      for (CreditHold.Part part : hold.parts()) {
        pots.put(part.slice().pot, charged);
        told.merge(part.slice().pot, charged, Money::plus);
      }
      var record = new Charge("gen-" + charge++, hold.holder().getAsLong(), pots);
      charges.put(record.id(), record);
      replica.disk.add(record);
      hold.settle(Dues.of(charged));
      changed = true;
      count("settled");
    }

    private void trouble() {
      if (calm) {
        return;
      }
      at(200 + random.nextInt(2_000), this::trouble);
      if (trouble == 0) {
        return;
      }
      Replica replica = replicas.get(random.nextInt(replicas.size()));
      asking.forEach(one -> one.disturbed = true);
      switch (random.nextInt(6)) {
        case 0 -> {
          if (replica.alive) {
            count("killed");
            replica.kill();
            at(200 + random.nextInt(8_000), () -> restart(replica));
          }
        }
        case 1 -> bankDownUntil = now + random.nextInt(6_000) * MILLI;
        case 2 -> {
          count("paused");
          replica.pausedUntil = now + random.nextInt(8_000) * MILLI;
        }
        case 3 -> {
          ApiKey key = keys.getFirst();
          Money limit = Money.of("" + (1 + random.nextInt(6)));
          Money before = bank.limits.put(new Name(account, key.hash()), limit);
          limitsOnlyRise &= limit.compareTo(before) >= 0;
          changed = true;
          keys.set(0, Books.key(account, key.hash(), limit.toString(), null));
          count("limit changed");
        }
        case 4 -> {
          if (random.nextInt(8) == 0 && replica.alive) {
            count("disk lost");
            changed = true;
            replica.kill();
            replica.disk.forEach(lost -> charges.remove(lost.id()));
            replica.disk.clear();
            replica.journal = new UUID(random.nextLong(), 1);
            replica.epoch = 0;
            at(1_000, () -> restart(replica));
          }
        }
        default -> {
          if (random.nextInt(4) == 0
              && planted == Fault.FREES_THE_LEASES_OF_THE_SILENT
              && !replica.alive) {
            bank.holders.stream().filter(h -> !h.closed).findAny().ifPresent(bank::free);
          } else if (random.nextInt(10) == 0) {
            // The operator gives up on a journal whose replica has long been silent.
            bank.holders.stream()
                .filter(h -> !h.closed && now - h.seen > 30_000 * MILLI)
                .filter(h -> replicas.stream().noneMatch(r -> r.journal.equals(h.run.journal())))
                .toList()
                .forEach(h -> bank.close(new Journal.Run(h.run.journal(), Long.MAX_VALUE)));
          } else if (random.nextInt(20) == 0
              && replica.alive
              && replica.book.holder().isPresent()) {
            // Somebody closes a run that is alive and idle: it must notice, and go on as another.
            Holder holder = bank.holders.get((int) replica.book.holder().getAsLong() - 1);
            if (replica.running.isEmpty() && replica.disk.isEmpty() && !holder.closed) {
              bank.free(holder);
              holder.closed = true;
              limitsOnlyRise = false;
            }
          }
        }
      }
    }

    private void restart(Replica replica) {
      if (!replica.alive) {
        count("restarted");
        replica.start();
      }
    }

    /// What nobody has charged or set aside of a key's limit and its account's balance.
    private Money available(ApiKey key) {
      Money least = null;
      for (Name name : List.of(new Name(account, key.hash()), new Name(account, null))) {
        Pot pot = bank.pot(name);
        Money there = bank.limits.get(name).minus(pot.settled);
        for (Replica replica : replicas) {
          for (Charge waiting : replica.disk) {
            if (!bank.records.contains(waiting.id()) && waiting.pots().containsKey(pot.id)) {
              there = there.minus(waiting.pots().get(pot.id));
            }
          }
          for (CreditHold hold : replica.running) {
            if (hold.parts().stream().anyMatch(part -> part.slice().pot == pot.id)) {
              there = there.minus(hold.amount().account());
            }
          }
        }
        // What was leased to a disk that is lost is gone until it is written off.
        for (Holder holder : bank.holders) {
          boolean lost =
              !holder.closed
                  && replicas.stream().noneMatch(r -> r.journal.equals(holder.run.journal()));
          if (lost && holder.leases.containsKey(pot.id)) {
            there = there.minus(holder.leases.get(pot.id).outstanding());
          }
        }
        least = least == null || there.compareTo(least) < 0 ? there : least;
      }
      return least;
    }

    void run() {
      long end = (4 + random.nextInt(16)) * 1_000 * MILLI;
      while (now < end) {
        step();
      }
      // Everything is mended, and whatever is left must come right.
      calm = true;
      bankDownUntil = 0;
      replicas.forEach(replica -> replica.pausedUntil = 0);
      replicas.forEach(this::restart);
      for (long quiet = now + 6_000 * MILLI; now < quiet; ) {
        step();
      }
      for (Replica replica : replicas) {
        assertThat(replica.disk).as("undrained").isEmpty();
        assertThat(replica.book.held().isZero()).as("holds").isTrue();
      }
      if (limitsOnlyRise) {
        assertThat(charges.values().stream().allMatch(charge -> bank.records.contains(charge.id())))
            .as("every charge that was not on a lost disk is in the ledger")
            .isTrue();
      }
      noCreditIsStranded();
      // A replica that stops in order leaves nothing leased.
      for (Replica replica : replicas) {
        replica.book.close().subscribe();
        var last = new Journal.Run(replica.journal, Long.MAX_VALUE);
        at(500, () -> bank.close(last));
      }
      for (long quiet = now + 1_000 * MILLI; now < quiet; ) {
        step();
      }
      for (Holder holder : bank.holders) {
        boolean known = replicas.stream().anyMatch(r -> r.journal.equals(holder.run.journal()));
        assertThat(known && !holder.closed).as("a run that stopped in order is open").isFalse();
        if (holder.closed) {
          holder.leases.forEach(
              (pot, lease) -> assertThat(lease.outstanding().isZero()).as("lease").isTrue());
        }
      }
    }

    /// Lets clients ask until they are refused for long; returns the part of the limit that is
    /// charged.
    double useUp() {
      int refused = 0;
      while (refused < 3) {
        int before = happened.getOrDefault("settled", 0);
        for (long quiet = now + 4_000 * MILLI; now < quiet; ) {
          step();
        }
        refused = happened.getOrDefault("settled", 0) == before ? refused + 1 : 0;
      }
      Money limit = bank.limits.get(new Name(account, keys.getFirst().hash()));
      Money charged = bank.pot(new Name(account, keys.getFirst().hash())).settled;
      must(charged.compareTo(limit) <= 0, "I5: charged past the limit");
      double used = charged.usd().doubleValue() / limit.usd().doubleValue();
      must(used >= 0.98, "only %s of %s used".formatted(charged, limit));
      return used;
    }

    /// I12: of what is left, whoever asks gets it, wherever it was leased to.
    private void noCreditIsStranded() {
      for (ApiKey key : keys) {
        Money left = available(key);
        if (left.compareTo(Money.of("0.02")) < 0) {
          continue;
        }
        Money most = new Money(left.usd().multiply(new BigDecimal("0.98")));
        var got = new ArrayList<CreditHold>();
        Replica replica = replicas.get(random.nextInt(replicas.size()));
        long window = now / WINDOW;
        replica.book.hold(key, Dues.of(most), Dues.of(most)).subscribe(got::add, _ -> {});
        for (long quiet = now + 2_500 * MILLI; now < quiet && got.isEmpty(); ) {
          step();
        }
        if (now / WINDOW == window) {
          assertThat(got).as("%s of %s, which nobody holds", most, left).hasSize(1);
        }
        got.forEach(CreditHold::release);
      }
    }

    private void step() {
      Event event = events.remove();
      if (event.at() / WINDOW > now / WINDOW) {
        count("window ended");
      }
      now = Math.max(now, event.at());
      event.what().run();
      assertThat(wrong).isNull();
      if (changed) {
        changed = false;
        look();
      }
      if (++steps % 16 == 0) {
        check();
      }
    }

    private void check() {
      for (Pot pot : bank.pots.values()) {
        Money outstanding = Money.ZERO;
        for (Holder holder : bank.holders) {
          Lease lease = holder.leases.get(pot.id);
          if (lease != null) {
            must(lease.outstanding().usd().signum() >= 0, "a lease is overdrawn");
            outstanding = outstanding.plus(lease.outstanding());
          }
        }
        must(outstanding.compareTo(pot.leased) == 0, "leases do not add up to what is leased");
        must(
            pot.settled.compareTo(bank.taken.getOrDefault(pot.id, Money.ZERO)) == 0,
            "I1, I8: what is settled is not the records' sum");
        if (limitsOnlyRise) {
          must(pot.remaining().usd().signum() >= 0, "I5: leased past the limit");
          must(
              told.getOrDefault(pot.id, Money.ZERO).compareTo(pot.limit) <= 0,
              "I5: charged past the limit");
        }
      }
      for (Replica replica : replicas) {
        must(!replica.alive || replica.book.free().usd().signum() >= 0, "a slice is overdrawn");
      }
    }

    private static void must(boolean holds, String otherwise) {
      if (!holds) {
        throw new AssertionError(otherwise);
      }
    }

    private void look() {
      for (Gathering one : gathering) {
        Money there = one.there();
        if (there.compareTo(one.alwaysThere) < 0) {
          one.alwaysThere = there;
        }
      }
      for (Asking one : asking) {
        Money there = available(one.key);
        if (there.compareTo(one.alwaysThere) < 0) {
          one.alwaysThere = there;
        }
      }
    }
  }
}
