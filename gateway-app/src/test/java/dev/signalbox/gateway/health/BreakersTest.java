package dev.signalbox.gateway.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.vitals.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BreakersTest {
  private static final EndpointId A = EndpointId.of("acme/alpha", "pa");

  private long nanos;
  private final Breakers breakers =
      new Breakers(Breakers.Rule.DEFAULT, () -> nanos, new SplittableRandom(1));

  private void pass(Duration duration) {
    nanos += duration.toNanos();
  }

  private void pass(long seconds) {
    pass(Duration.ofSeconds(seconds));
  }

  private Permit ask() {
    Permit permit = breakers.ask(A);
    assertThat(permit).isNotNull();
    return permit;
  }

  private void answer() {
    ask().answered();
  }

  private void fail(UpstreamFailure failure) {
    ask().failed(failure, OptionalLong.empty());
  }

  private void outage() {
    for (int i = 0; i < 3; i++) {
      fail(UpstreamFailure.SERVER_ERROR);
    }
    assertThat(health()).isEqualTo(Health.DOWN);
  }

  private Health health() {
    return breakers.healthOf(A);
  }

  @Test
  void threeFailuresWithoutASuccessAreAnOutageAndTwoAreNot() {
    fail(UpstreamFailure.SERVER_ERROR);
    fail(UpstreamFailure.TIMED_OUT);
    assertThat(health()).isEqualTo(Health.STABLE);
    fail(UpstreamFailure.UNREACHABLE);
    assertThat(health()).isEqualTo(Health.DOWN);
  }

  @Test
  void tooManyFailuresOfWhichTheLastCallWasNonePutItOnTrial() {
    fail(UpstreamFailure.SERVER_ERROR);
    fail(UpstreamFailure.SERVER_ERROR);
    answer();
    assertThat(health()).isEqualTo(Health.RECOVERING);
    answer();
    answer();
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void halfOfTheLastTwentyAreAnOutageHoweverManyWorkedBefore() {
    for (int i = 0; i < 3_000; i++) {
      answer();
      pass(Duration.ofMillis(10));
    }
    for (int i = 0; i < 9; i++) {
      fail(UpstreamFailure.SERVER_ERROR);
    }
    assertThat(health()).isEqualTo(Health.STABLE);
    fail(UpstreamFailure.SERVER_ERROR);
    assertThat(health()).isEqualTo(Health.DOWN);
  }

  @Test
  void oneFailureInTwentyIsNoOutage() {
    for (int i = 0; i < 4_000; i++) {
      if (i % 20 == 0) {
        fail(UpstreamFailure.SERVER_ERROR);
      } else {
        answer();
      }
      assertThat(health()).isEqualTo(Health.STABLE);
      pass(Duration.ofMillis(10));
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyFaultsOfTheProviderAreAnOutage(UpstreamFailure failure) {
    for (int i = 0; i < 50; i++) {
      fail(failure);
    }
    boolean counts =
        switch (failure) {
          case UNREACHABLE,
              TIMED_OUT,
              OVERLOADED,
              SERVER_ERROR,
              MALFORMED,
              BAD_CREDENTIALS,
              MODEL_MISSING ->
              true;
          default -> false;
        };
    assertThat(health() == Health.DOWN).isEqualTo(counts);
  }

  @Test
  void anOutageEndsByItselfEvenIfNobodyAsks() {
    outage();
    pass(Duration.ofMillis(29_999));
    assertThat(health()).isEqualTo(Health.DOWN);
    pass(Duration.ofMillis(1));
    assertThat(health()).isEqualTo(Health.RECOVERING);
  }

  @Test
  void afterAnOutageOneTrialAtATimeUntilTwoHaveWorked() {
    outage();
    pass(30);
    Permit first = ask();
    assertThat(breakers.ask(A)).as("a second trial").isNull();
    assertThat(health()).as("while the trial runs").isEqualTo(Health.DOWN);
    first.answering();
    assertThat(health()).isEqualTo(Health.RECOVERING);
    Permit second = ask();
    assertThat(breakers.ask(A)).isNull();
    second.answering();
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void aTrialThatFailsCostsOneRequestInHalfAMinute() {
    outage();
    pass(30);
    for (int i = 0; i < 5; i++) {
      fail(UpstreamFailure.SERVER_ERROR);
      assertThat(health()).isEqualTo(Health.DOWN);
      pass(29);
      assertThat(health()).isEqualTo(Health.DOWN);
      pass(1);
      assertThat(health()).isEqualTo(Health.RECOVERING);
    }
  }

  @Test
  void aLastResortThatWorksEndsTheOutage() {
    outage();
    pass(1);
    answer();
    assertThat(health()).isEqualTo(Health.RECOVERING);
    answer();
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void whatWasUnderWayWhenItBeganNeitherEndsNorProlongsAnOutage() {
    Permit before = ask();
    Permit other = ask();
    outage();
    pass(20);
    before.answered();
    assertThat(health()).isEqualTo(Health.DOWN);
    other.failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
    pass(10);
    assertThat(health()).isEqualTo(Health.RECOVERING);
  }

  @Test
  void aTrialWithoutAnEndIsGivenUp() {
    outage();
    pass(30);
    ask();
    assertThat(breakers.ask(A)).isNull();
    pass(31);
    breakers.watch();
    assertThat(health()).isEqualTo(Health.DOWN);
    pass(30);
    assertThat(health()).isEqualTo(Health.RECOVERING);
    answer();
    answer();
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void silenceIsAnOutageLongBeforeTheFirstTimeOut() {
    for (int i = 0; i < 100; i++) {
      answer();
    }
    breakers.expect(A, 0.8);
    for (int i = 0; i < 4; i++) {
      ask();
    }
    pass(60);
    breakers.watch();
    assertThat(health()).as("four wait").isEqualTo(Health.STABLE);
    ask();
    breakers.watch();
    assertThat(health()).as("five wait, for 60 seconds").isEqualTo(Health.DOWN);
  }

  @Test
  void aSlowEndpointThatAnswersIsNotSilent() {
    breakers.expect(A, 2);
    var waiting = new ArrayList<Permit>();
    for (int second = 0; second < 100; second++) {
      waiting.add(ask());
      if (waiting.size() > 20) {
        waiting.removeFirst().answering();
      }
      pass(second < 20 ? 0 : 1);
      breakers.watch();
      assertThat(health()).isEqualTo(Health.STABLE);
    }
  }

  @Test
  void aRetryAfterIsHonouredUpToFiveMinutes() {
    ask().failed(UpstreamFailure.RATE_LIMITED, OptionalLong.of(20));
    assertThat(health()).isEqualTo(Health.LIMITED);
    pass(19);
    assertThat(health()).isEqualTo(Health.LIMITED);
    pass(1);
    assertThat(health()).isEqualTo(Health.STABLE);
    ask().failed(UpstreamFailure.RATE_LIMITED, OptionalLong.of(86_400));
    pass(299);
    assertThat(health()).isEqualTo(Health.LIMITED);
    pass(1);
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void aRetryAfterOfACallersFaultSaysNothingOfOthers() {
    ask().failed(UpstreamFailure.REJECTED, OptionalLong.of(20));
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  @Test
  void a429ThatNamesNoTimeToWaitCoolsLikeOneWithoutATime() {
    ask().failed(UpstreamFailure.RATE_LIMITED, OptionalLong.of(0));
    assertThat(health()).isEqualTo(Health.LIMITED);
  }

  @Test
  void a429WithoutATimeCoolsWithJitterAndLongerEachTime() {
    var spread = new ArrayList<Long>();
    for (long seed = 0; seed < 50; seed++) {
      var one = new Breakers(Breakers.Rule.DEFAULT, () -> nanos, new SplittableRandom(seed));
      one.ask(A).failed(UpstreamFailure.RATE_LIMITED, OptionalLong.empty());
      spread.add(cooling(one));
    }
    assertThat(spread).allMatch(millis -> millis >= 500 && millis <= 1_000);
    assertThat(spread.stream().distinct().count()).isGreaterThan(20);
    var lengths = new ArrayList<Long>();
    for (int i = 0; i < 8; i++) {
      fail(UpstreamFailure.RATE_LIMITED);
      lengths.add(cooling(breakers));
    }
    assertThat(lengths.get(4)).isGreaterThan(4 * lengths.get(0));
    assertThat(lengths).allMatch(millis -> millis <= 30_000);
    answer();
    fail(UpstreamFailure.RATE_LIMITED);
    assertThat(cooling(breakers)).as("after a success").isLessThanOrEqualTo(1_000);
  }

  /// Lets time pass until a cool-down is over; returns how long that took.
  private long cooling(Breakers of) {
    long millis = 0;
    while (of.healthOf(A) == Health.LIMITED) {
      pass(Duration.ofMillis(10));
      millis += 10;
    }
    return millis;
  }

  @Test
  void manyRefusalsAtOnceAreOneStrike() {
    var permits = new ArrayList<Permit>();
    for (int i = 0; i < 50; i++) {
      permits.add(ask());
    }
    permits.forEach(permit -> permit.failed(UpstreamFailure.RATE_LIMITED, OptionalLong.empty()));
    assertThat(cooling(breakers)).isLessThanOrEqualTo(1_000);
  }

  @Test
  void aPermitEndsOnce() {
    Permit permit = ask();
    permit.forgiven();
    for (int i = 0; i < 5; i++) {
      permit.failed(UpstreamFailure.SERVER_ERROR, OptionalLong.of(60));
    }
    assertThat(health()).isEqualTo(Health.STABLE);
  }

  /// Whatever happens, cancels and forgotten permits included: a breaker is down for no longer than
  /// its memory after the last failure it could hear of, lets a trial in then, and comes back with
  /// two answers.
  @Test
  void noTraceOfAttemptsAndCancelsKeepsAnEndpointAway() {
    for (long seed = 0; seed < 10_000; seed++) {
      nanos = 0;
      var traced = new Breakers(Breakers.Rule.DEFAULT, () -> nanos, new SplittableRandom(seed));
      var chance = new SplittableRandom(seed);
      List<Permit> open = new ArrayList<>();
      for (int step = 0; step < 60; step++) {
        pass(Duration.ofMillis(chance.nextInt(2_000)));
        traced.watch();
        Permit permit = chance.nextInt(4) == 0 ? traced.insist(A) : traced.ask(A);
        if (permit != null) {
          open.add(permit);
        }
        if (!open.isEmpty() && chance.nextInt(3) > 0) {
          end(open.remove(chance.nextInt(open.size())), chance);
        }
      }
      // All is quiet now, and some permits are never ended.
      pass(61);
      traced.watch();
      pass(61);
      Health health = traced.healthOf(A);
      assertThat(health).as("seed %d", seed).isIn(Health.STABLE, Health.RECOVERING);
      for (int i = 0; i < 2; i++) {
        Permit trial = traced.ask(A);
        assertThat(trial).as("seed %d, trial %d", seed, i).isNotNull();
        trial.answered();
      }
      assertThat(traced.healthOf(A)).as("seed %d", seed).isEqualTo(Health.STABLE);
    }
  }

  private static void end(Permit permit, SplittableRandom chance) {
    switch (chance.nextInt(6)) {
      case 0 -> permit.answered();
      case 1, 2 -> permit.failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
      case 3 -> permit.failed(UpstreamFailure.RATE_LIMITED, OptionalLong.of(chance.nextInt(30)));
      case 4 -> permit.forgiven();
      default -> {
        permit.answering();
        permit.failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
      }
    }
  }
}
