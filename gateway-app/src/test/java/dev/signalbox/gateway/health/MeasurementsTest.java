package dev.signalbox.gateway.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.VitalsBoard.Listing;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
  private static final EndpointId A = EndpointId.of("acme/alpha", "pa");
  private static final double OFF_BY = 0.045;

  private long millis = 1_700_000_000_000L;
  private final Replica one = new Replica();
  private final Replica other = new Replica();

  private final class Replica {
    final Breakers breakers =
        new Breakers(Breakers.Rule.DEFAULT, () -> millis * 1_000_000, new SplittableRandom(1));
    final VitalsBoard board = new VitalsBoard(breakers, () -> millis);

    void answered(double firstTokenSeconds, double tokensPerSecond) {
      board.answered(A, (long) (firstTokenSeconds * 1e9), (long) (1e12 / tokensPerSecond), 1_000);
    }

    Vitals vitals() {
      millis += 251;
      return board.snapshot().of(A);
    }
  }

  @Test
  void latencyPointsUpAndThroughputDown() {
    for (int i = 1; i <= 100; i++) {
      one.answered(i / 10.0, i);
    }
    Percentiles latency = one.vitals().latencySeconds().orElseThrow();
    assertThat(latency.p50()).isCloseTo(5.0, within(5.0 * OFF_BY));
    assertThat(latency.p75()).isCloseTo(7.5, within(7.5 * OFF_BY));
    assertThat(latency.p90()).isCloseTo(9.0, within(9.0 * OFF_BY));
    assertThat(latency.p99()).isCloseTo(9.9, within(9.9 * OFF_BY));
    Percentiles rate = one.vitals().tokensPerSecond().orElseThrow();
    assertThat(rate.p50()).isCloseTo(50, within(50 * OFF_BY));
    assertThat(rate.p75()).isCloseTo(25, within(25 * OFF_BY));
    assertThat(rate.p90()).isCloseTo(10, within(10 * OFF_BY));
    assertThat(rate.p99()).isCloseTo(1, within(OFF_BY));
  }

  @Test
  void fiveMinutesAreForRoutingHalfAnHourAndADayForListings() {
    one.answered(1, 100);
    one.board.failed(A);
    millis += 4 * 60_000;
    one.answered(4, 100);
    assertThat(one.vitals().latencySeconds().orElseThrow().p50()).isCloseTo(1, within(OFF_BY));
    assertThat(one.vitals().failures()).isOne();
    millis += 70_000;
    assertThat(one.vitals().latencySeconds().orElseThrow().p50()).isCloseTo(4, within(4 * OFF_BY));
    assertThat(one.vitals().failures()).isZero();
    assertThat(one.vitals().requestsIn30Minutes()).isEqualTo(3);
    Listing listing = one.board.listing(A);
    assertThat(listing.latencySeconds().orElseThrow().p50()).isCloseTo(1, within(OFF_BY));
    assertThat(listing.uptime5Minutes()).isOne();
    assertThat(listing.uptime30Minutes()).isCloseTo(2.0 / 3, within(1e-9));
    millis += 40 * 60_000;
    assertThat(one.vitals().latencySeconds()).isEmpty();
    assertThat(one.board.listing(A).latencySeconds()).isEmpty();
    assertThat(one.board.listing(A).uptime30Minutes()).isEqualTo(-1);
    assertThat(one.board.listing(A).uptimeDay()).isCloseTo(2.0 / 3, within(1e-9));
    millis += 24 * 3_600_000;
    assertThat(one.board.listing(A).uptimeDay()).isEqualTo(-1);
  }

  /// Windows are kept by adding and taking off; a list of all samples must say the same.
  @Test
  void rollingWindowsAgreeWithAListOfAllSamples() {
    for (long seed = 0; seed < 100; seed++) {
      var chance = new SplittableRandom(seed);
      var replica = new Replica();
      var times = new ArrayList<Long>();
      var latencies = new ArrayList<Double>();
      for (int i = 0; i < 400; i++) {
        millis += chance.nextInt(chance.nextInt(20) == 0 ? 400_000 : 8_000);
        double latency = 0.001 * Math.exp(8 * chance.nextDouble());
        replica.answered(latency, 50);
        times.add(millis / Measurements.SLOT_MILLIS);
        latencies.add(latency);
      }
      long oldest = millis / Measurements.SLOT_MILLIS - 30;
      double[] inside =
          java.util.stream.IntStream.range(0, 400)
              .filter(i -> times.get(i) > oldest)
              .mapToDouble(latencies::get)
              .sorted()
              .toArray();
      Vitals vitals = replica.board.snapshot().of(A);
      assertThat(vitals.successes()).as("seed %d", seed).isEqualTo(inside.length);
      double median = inside[(inside.length - 1) / 2];
      assertThat(vitals.latencySeconds().orElseThrow().p50())
          .as("seed %d", seed)
          .isCloseTo(median, within(median * OFF_BY));
    }
  }

  /// Two replicas that have exchanged their slots know what one that saw everything knows.
  @Test
  void replicasThatExchangeSlotsAgreeWithOneThatSawAll() {
    var all = new Replica();
    var chance = new SplittableRandom(7);
    long sentByOne = 0;
    long sentByOther = 0;
    for (int i = 0; i < 2_000; i++) {
      millis += chance.nextInt(300);
      Replica one = chance.nextBoolean() ? this.one : other;
      for (Replica replica : List.of(one, all)) {
        replica.answered(0.1 + (i % 17), 10 + i % 90);
      }
      if (i % 20 == 0) {
        one.board.failed(A);
        all.board.failed(A);
      }
      if (i % 50 == 0) {
        List<VitalsSlot> mine = this.one.board.export(sentByOne);
        List<VitalsSlot> theirs = other.board.export(sentByOther);
        other.board.merge("one", mine);
        other.board.merge("one", mine);
        this.one.board.merge("other", theirs);
        sentByOne = mine.isEmpty() ? sentByOne : mine.getLast().number();
        sentByOther = theirs.isEmpty() ? sentByOther : theirs.getLast().number();
      }
    }
    millis += 11_000;
    other.board.merge("one", one.board.export(sentByOne));
    one.board.merge("other", other.board.export(sentByOther));
    Vitals seen = all.vitals();
    assertThat(one.vitals()).isEqualTo(seen);
    assertThat(other.vitals()).isEqualTo(seen);
    assertThat(one.board.listing(A)).isEqualTo(all.board.listing(A));
    assertThat(other.board.listing(A)).isEqualTo(all.board.listing(A));
  }

  @Test
  void onlyWhatIsOverAndOwnIsExported() {
    one.answered(1, 10);
    assertThat(one.board.export(0)).isEmpty();
    millis += 10_000;
    List<VitalsSlot> slots = one.board.export(0);
    assertThat(slots).singleElement().satisfies(slot -> assertThat(slot.successes()).isOne());
    assertThat(slots.getFirst().counts()).hasSizeLessThan(10);
    assertThat(one.board.export(slots.getFirst().number())).isEmpty();
    other.board.merge("one", slots);
    millis += 10_000;
    assertThat(other.board.export(0)).isEmpty();
    assertThat(other.vitals().successes()).isOne();
  }

  @Test
  void toolCallsCountForTwoHoursOverAllReplicas() {
    for (int i = 0; i < 30; i++) {
      one.board.toolAnswer(A, i % 3 != 0);
      other.board.toolAnswer(A, true);
    }
    assertThat(one.vitals().toolAnswers()).isEqualTo(30);
    assertThat(one.vitals().toolErrors()).isEqualTo(10);
    millis += 11_000;
    List<VitalsSlot> slots = one.board.export(0);
    other.board.merge("one", slots);
    other.board.merge("one", slots);
    assertThat(other.vitals().toolAnswers()).isEqualTo(60);
    assertThat(other.vitals().toolErrors()).isEqualTo(10);
    millis += 100 * 60_000;
    assertThat(other.vitals().toolAnswers()).isEqualTo(60);
    millis += 25 * 60_000;
    assertThat(other.vitals().toolAnswers()).isZero();
    assertThat(other.vitals().toolErrors()).isZero();
  }

  @Test
  void manyToolCallsAreLookedIntoOneInATenthOfASecond() {
    int looked = 0;
    for (int i = 0; i < 3_000; i++) {
      millis += 10;
      if (one.board.wantsToolAnswer(A)) {
        one.board.toolAnswer(A, true);
        looked++;
      }
    }
    assertThat(looked).isBetween(1_199, 1_201);
  }

  @Test
  void slotsFromTheFarPastTheFutureOrOfBrokenBytesDoNoHarm() {
    one.answered(1, 10);
    long slot = one.board.slot();
    byte[] counts = {1, 1};
    one.board.merge("far", List.of(new VitalsSlot(A, slot - 10_000, 1, 1, 0, 0, counts)));
    one.board.merge("mars", List.of(new VitalsSlot(A, slot + 1_000, 1, 1, 0, 0, counts)));
    assertThat(one.vitals().failures()).isZero();
    var broken = List.of(new VitalsSlot(A, slot - 1, 1, 1, 0, 0, new byte[] {-1}));
    assertThatIllegalArgumentException().isThrownBy(() -> one.board.merge("broken", broken));
    assertThat(one.vitals().failures()).isZero();
  }

  @Test
  void countsKeepTheirValueWhenEncoded() {
    for (long seed = 0; seed < 1_000; seed++) {
      var chance = new SplittableRandom(seed);
      var dense = new int[Buckets.ALL];
      for (int i = chance.nextInt(40); i > 0; i--) {
        dense[chance.nextInt(Buckets.ALL)] = chance.nextInt(1 << chance.nextInt(1, 31));
      }
      var again = new int[Buckets.ALL];
      SparseCounts.decoded(SparseCounts.of(dense).encoded()).addTo(again, 1);
      assertThat(Arrays.equals(dense, again)).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void theRecordOfAnOutageIsForgottenOnceItHasEnded() {
    for (int i = 0; i < 100; i++) {
      one.answered(1, 10);
    }
    for (int i = 0; i < 60; i++) {
      one.breakers.insist(A).failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
      one.board.failed(A);
    }
    assertThat(one.vitals().failures()).isEqualTo(60);
    millis += 30_000;
    one.breakers.ask(A).answered();
    one.breakers.ask(A).answered();
    assertThat(one.vitals().failures()).isZero();
    assertThat(one.board.listing(A).uptime5Minutes()).isCloseTo(100.0 / 160, within(1e-9));
  }
}
