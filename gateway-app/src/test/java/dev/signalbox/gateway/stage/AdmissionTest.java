package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private double chance = 0.5;
  private long now;
  private final Admission admission = new Admission(1_000, () -> chance);
  private final Admission.Lateness lateness = admission.new Lateness(0);

  private void late(long... millis) {
    for (long late : millis) {
      now += 50 * MILLI;
      lateness.was(late * MILLI, now);
    }
  }

  @Test
  void aLoopThatIsInTimeTurnsNobodyAway() {
    late(1, 0, 2, 1, 0, 1, 3, 1, 1, 2, 1);
    assertThat(admission.share()).isZero();
    assertThat(admission.refuses(999)).isFalse();
  }

  @Test
  void onePauseIsNoOverload() {
    late(0, 800, 0, 1, 0, 0, 900, 1, 0, 1);
    assertThat(admission.share()).isZero();
  }

  @Test
  void aLoopThatIsAlwaysLateRefusesMoreAndMoreUntilItIsNot() {
    late(220, 230, 240, 210, 220);
    double first = admission.share();
    assertThat(first).isBetween(0.15, 0.35);
    late(220, 230, 240, 210, 220, 220, 230, 240, 210, 220, 190, 190, 190, 190, 190);
    assertThat(admission.share()).isGreaterThan(2 * first);
    chance = admission.share() - 0.01;
    assertThat(admission.refuses(500)).isTrue();
    assertThat(admission.refuses(100)).isFalse();
    chance = admission.share() + 0.01;
    assertThat(admission.refuses(500)).isFalse();
    for (int i = 0; i < 100; i++) {
      late(1);
    }
    assertThat(admission.share()).isZero();
  }

  @Test
  void someAreAlwaysTakenSinceTheyShowWhenItIsOver() {
    for (int i = 0; i < 200; i++) {
      late(5_000);
    }
    assertThat(admission.share()).isLessThan(1);
  }

  @Test
  void thereIsALimitToWhatRunsAtOnce() {
    assertThat(admission.refuses(1_000)).isTrue();
  }
}
