package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.VitalsBoard.Listing;
import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Vitals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One endpoint's last five minutes, half hour and day.
final class Measurements {
  /*
   * Time is cut into slots of ten seconds. The slot under way is counted densely; when it is over,
   * its few filled buckets are kept. The sums over five minutes and over half an hour are carried
   * along: a slot is added when it is counted and taken off when it leaves the window. So recording
   * costs the same however much there is, and reading percentiles is one pass over one array.
   *
   * Slots of other replicas are added to the same ring, each once: a replica sends only slots that
   * are over, in their order.
   */
  static final long SLOT_MILLIS = 10_000;
  private static final int SHORT_SLOTS = 30;
  private static final int LONG_SLOTS = 180;

  /// From so many on, answers with tool calls are looked into one by one.
  private static final long MANY_TOOL_ANSWERS = 1_000;

  private static final long TOOL_PAUSE_MILLIS = 100;

  private final Slot[] ring = new Slot[LONG_SLOTS];
  private final int[] shortCounts = new int[Buckets.ALL];
  private final int[] longCounts = new int[Buckets.ALL];
  private final Day day = new Day();
  private final Map<String, Long> mergedUpTo = new HashMap<>(0);

  private final int[] current = new int[Buckets.ALL];
  private int currentSuccesses;
  private int currentFailures;
  private int currentToolAnswers;
  private int currentToolErrors;
  private long lastToolLookMillis;
  private long now = Long.MIN_VALUE;

  /// Slots up to this one do not count for the grade: an outage ended in it.
  private long forgivenUpTo = Long.MIN_VALUE;

  private int currentForgivenSuccesses;
  private int currentForgivenFailures;
  private boolean changed;
  private @Nullable Vitals vitals;

  /// What is kept of ten seconds that are over: of all replicas, and what of it is our own.
  private static final class Slot {
    long number = Long.MIN_VALUE;
    SparseCounts all = SparseCounts.NONE;
    SparseCounts own = SparseCounts.NONE;
    int successes;
    int failures;
    int ownSuccesses;
    int ownFailures;
    int ownToolAnswers;
    int ownToolErrors;
    int gradedSuccesses;
    int gradedFailures;

    void reset(long number) {
      this.number = number;
      all = SparseCounts.NONE;
      own = SparseCounts.NONE;
      successes = 0;
      failures = 0;
      ownSuccesses = 0;
      ownFailures = 0;
      ownToolAnswers = 0;
      ownToolErrors = 0;
      gradedSuccesses = 0;
      gradedFailures = 0;
    }
  }

  synchronized void answered(
      long slot, long firstTokenNanos, long totalNanos, long completionTokens) {
    advance(slot);
    currentSuccesses++;
    count(Buckets.ofSeconds(firstTokenNanos / 1e9));
    if (completionTokens > 0 && totalNanos > 0) {
      count(Buckets.ofRate(completionTokens * 1e9 / totalNanos));
    }
    day.add(now, 1, 0);
    changed = true;
  }

  private void count(int bucket) {
    current[bucket]++;
    shortCounts[bucket]++;
    longCounts[bucket]++;
  }

  synchronized void failed(long slot) {
    advance(slot);
    currentFailures++;
    day.add(now, 0, 1);
    changed = true;
  }

  synchronized boolean wantsToolAnswer(long epochMillis) {
    if (day.toolAnswers(now) >= MANY_TOOL_ANSWERS
        && Math.abs(epochMillis - lastToolLookMillis) < TOOL_PAUSE_MILLIS) {
      return false;
    }
    lastToolLookMillis = epochMillis;
    return true;
  }

  synchronized void toolAnswer(long slot, boolean valid) {
    advance(slot);
    currentToolAnswers++;
    currentToolErrors += valid ? 0 : 1;
    day.addTools(now, 1, valid ? 0 : 1);
    changed = true;
  }

  /// Lets what failed up to now no longer count for the grade.
  synchronized void forgive(long slot) {
    advance(slot);
    for (Slot past : ring) {
      if (past != null) {
        past.gradedSuccesses = 0;
        past.gradedFailures = 0;
      }
    }
    currentForgivenSuccesses = currentSuccesses;
    currentForgivenFailures = currentFailures;
    forgivenUpTo = now;
    changed = true;
  }

  /// A clock that is set back stays where it was.
  private void advance(long slot) {
    if (slot <= now) {
      return;
    }
    if (now != Long.MIN_VALUE) {
      keep();
      long from = Math.max(now + 1, slot - LONG_SLOTS);
      for (long next = from; next <= slot; next++) {
        leaveShort(next - SHORT_SLOTS);
        leaveLong(next - LONG_SLOTS);
      }
      if (slot - now > LONG_SLOTS) {
        clear();
      }
    }
    now = slot;
    changed = true;
  }

  private void keep() {
    if (currentSuccesses + currentFailures + currentToolAnswers > 0) {
      Slot slot = slot(now);
      slot.own = SparseCounts.of(current);
      slot.all = slot.all.plus(slot.own);
      slot.ownSuccesses = currentSuccesses;
      slot.ownFailures = currentFailures;
      slot.ownToolAnswers = currentToolAnswers;
      slot.ownToolErrors = currentToolErrors;
      slot.successes += currentSuccesses;
      slot.failures += currentFailures;
      slot.gradedSuccesses += currentSuccesses - currentForgivenSuccesses;
      slot.gradedFailures += currentFailures - currentForgivenFailures;
      Arrays.fill(current, 0);
      currentSuccesses = 0;
      currentFailures = 0;
      currentToolAnswers = 0;
      currentToolErrors = 0;
    }
    currentForgivenSuccesses = 0;
    currentForgivenFailures = 0;
  }

  private Slot slot(long number) {
    int index = Math.floorMod(number, LONG_SLOTS);
    Slot slot = ring[index];
    if (slot == null) {
      slot = new Slot();
      ring[index] = slot;
    }
    if (slot.number != number) {
      slot.reset(number);
    }
    return slot;
  }

  private @Nullable Slot known(long number) {
    Slot slot = ring[Math.floorMod(number, LONG_SLOTS)];
    return slot != null && slot.number == number ? slot : null;
  }

  private void leaveShort(long number) {
    Slot slot = known(number);
    if (slot != null) {
      slot.all.addTo(shortCounts, -1);
    }
  }

  private void leaveLong(long number) {
    Slot slot = known(number);
    if (slot != null) {
      slot.all.addTo(longCounts, -1);
      slot.number = Long.MIN_VALUE;
    }
  }

  private void clear() {
    Arrays.fill(shortCounts, 0);
    Arrays.fill(longCounts, 0);
    for (Slot slot : ring) {
      if (slot != null) {
        slot.number = Long.MIN_VALUE;
      }
    }
  }

  /// Returns what this replica saw in slots that are over, after one of them.
  synchronized List<VitalsSlot> export(EndpointId endpoint, long after, long slot) {
    advance(slot);
    var exported = new ArrayList<VitalsSlot>();
    for (long number = Math.max(after + 1, now - LONG_SLOTS + 1); number < now; number++) {
      Slot past = known(number);
      if (past != null && past.ownSuccesses + past.ownFailures + past.ownToolAnswers > 0) {
        exported.add(
            new VitalsSlot(
                endpoint,
                number,
                past.ownSuccesses,
                past.ownFailures,
                past.ownToolAnswers,
                past.ownToolErrors,
                past.own.encoded()));
      }
    }
    return exported;
  }

  /// Adds what another replica saw; what it said before, and what is older than half an hour, is
  /// left out.
  synchronized void merge(String replica, VitalsSlot foreign, long slot) {
    advance(slot);
    long number = foreign.number();
    if (number > now + 1 || number <= mergedUpTo.getOrDefault(replica, Long.MIN_VALUE)) {
      return;
    }
    SparseCounts counts = SparseCounts.decoded(foreign.counts());
    mergedUpTo.put(replica, number);
    if (Day.holds(number, now)) {
      day.add(number, foreign.successes(), foreign.failures());
      day.addTools(number, foreign.toolAnswers(), foreign.toolErrors());
      changed = true;
    }
    if (number <= now - LONG_SLOTS || number > now) {
      return;
    }
    Slot known = slot(number);
    known.all = known.all.plus(counts);
    known.successes += foreign.successes();
    known.failures += foreign.failures();
    if (number > forgivenUpTo) {
      known.gradedSuccesses += foreign.successes();
      known.gradedFailures += foreign.failures();
    }
    counts.addTo(longCounts, 1);
    if (number > now - SHORT_SLOTS) {
      counts.addTo(shortCounts, 1);
    }
    changed = true;
  }

  synchronized Vitals vitals(Health health, long slot) {
    advance(slot);
    Vitals known = vitals;
    if (known != null && !changed && known.health() == health) {
      return known;
    }
    long successes = currentSuccesses - currentForgivenSuccesses;
    long failures = currentFailures - currentForgivenFailures;
    long requests = currentSuccesses + currentFailures;
    for (Slot past : ring) {
      if (past != null && past.number > now - LONG_SLOTS) {
        requests += past.successes + past.failures;
        if (past.number > now - SHORT_SLOTS) {
          successes += past.gradedSuccesses;
          failures += past.gradedFailures;
        }
      }
    }
    changed = false;
    vitals =
        new Vitals(
            health,
            Buckets.latency(shortCounts),
            Buckets.throughput(shortCounts),
            successes,
            failures,
            requests,
            day.toolAnswers(now),
            day.toolErrors(now));
    return vitals;
  }

  synchronized Listing listing(long slot) {
    advance(slot);
    return new Listing(
        Buckets.latency(longCounts),
        Buckets.throughput(longCounts),
        uptime(SHORT_SLOTS),
        uptime(LONG_SLOTS),
        day.uptime(now));
  }

  /// Returns the share of requests answered over some slots, or -1 where there were none.
  private double uptime(int slots) {
    long successes = currentSuccesses;
    long failures = currentFailures;
    for (Slot past : ring) {
      if (past != null && past.number > now - slots) {
        successes += past.successes;
        failures += past.failures;
      }
    }
    return Day.share(successes, failures);
  }
}
