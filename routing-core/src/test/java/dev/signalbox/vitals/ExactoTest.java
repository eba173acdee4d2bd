package dev.signalbox.vitals;

import static dev.signalbox.vitals.Quality.DEPRIORITIZED;
import static dev.signalbox.vitals.Quality.GOOD;
import static dev.signalbox.vitals.Quality.INSUFFICIENT_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExactoTest {
  private static Vitals measured(double rate, long requests) {
    return new Vitals(
        Health.STABLE,
        Optional.empty(),
        Optional.of(new Percentiles(rate, rate, rate, rate)),
        requests,
        0);
  }

  private static Quality[] tiers(Vitals... all) {
    return Exacto.tiers(all);
  }

  private static Vitals[] measured(double... rates) {
    return Arrays.stream(rates).mapToObj(rate -> measured(rate, 100)).toArray(Vitals[]::new);
  }

  @Test
  void threeEndpointsHaveNoTiers() {
    assertThat(tiers(measured(100, 90, 1))).isEmpty();
  }

  @Test
  void fourOfWhichOneIsHardlyKnownHaveNoTiers() {
    assertThat(tiers(measured(100, 99), measured(90, 100), measured(80, 100), measured(1, 100)))
        .isEmpty();
  }

  @Test
  void theOneThatIsFarSlowerGoesLastAndTheUnknownBetween() {
    Vitals[] all = measured(100, 95, 105, 20, 98);
    Vitals[] more = Arrays.copyOf(all, 6);
    more[5] = Vitals.UNKNOWN;
    assertThat(tiers(more))
        .containsExactly(GOOD, GOOD, GOOD, DEPRIORITIZED, GOOD, INSUFFICIENT_DATA);
  }

  private static Vitals toolsCalled(long answers, long errors) {
    return new Vitals(
        Health.STABLE, Optional.empty(), Optional.empty(), 10, 0, 10, answers, errors);
  }

  @Test
  void theOneThatFailsAtToolCallsGoesLastAndTheUnknownBetween() {
    assertThat(
            tiers(
                toolsCalled(400, 4),
                toolsCalled(200, 0),
                toolsCalled(300, 60),
                toolsCalled(250, 3),
                toolsCalled(199, 199)))
        .containsExactly(GOOD, GOOD, DEPRIORITIZED, GOOD, INSUFFICIENT_DATA);
  }

  @Test
  void threeWithToolCallsHaveNoTiers() {
    assertThat(tiers(toolsCalled(400, 0), toolsCalled(400, 0), toolsCalled(400, 400))).isEmpty();
    assertThat(
            tiers(toolsCalled(400, 0), toolsCalled(400, 0), toolsCalled(400, 400), Vitals.UNKNOWN))
        .isEmpty();
  }

  @Test
  void aFewPercentOfBadToolCallsAreNoise() {
    assertThat(
            tiers(
                toolsCalled(400, 0), toolsCalled(400, 2), toolsCalled(400, 6), toolsCalled(400, 4)))
        .containsOnly(GOOD);
  }

  @Test
  void whatCouldBeChanceIsNotHeldAgainstAnEndpoint() {
    assertThat(Exacto.badToolPercent(toolsCalled(19, 19))).isZero();
    assertThat(Exacto.badToolPercent(toolsCalled(20, 0))).isZero();
    assertThat(Exacto.badToolPercent(toolsCalled(10_000, 0))).isZero();
    assertThat(Exacto.badToolPercent(toolsCalled(20, 1))).isOne();
    assertThat(Exacto.badToolPercent(toolsCalled(20, 10))).isBetween(25L, 35L);
    assertThat(Exacto.badToolPercent(toolsCalled(10_000, 5_000))).isBetween(48L, 50L);
    assertThat(Exacto.badToolPercent(toolsCalled(10_000, 10_000))).isEqualTo(100);
  }

  @Test
  void peersThatAreAllAlikeAreNotSplitByNoise() {
    assertThat(tiers(measured(100, 100, 100, 100, 99))).containsOnly(GOOD);
  }
}
