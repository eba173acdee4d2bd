package dev.signalbox.routing.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.vitals.Health;
import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
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

  private static byte[] tiers(Vitals... all) {
    return Exacto.tiers(all, 0, all.length);
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
    assertThat(tiers(more)).containsExactly(0, 0, 0, 2, 0, 1);
  }

  @Test
  void peersThatAreAllAlikeAreNotSplitByNoise() {
    assertThat(tiers(measured(100, 100, 100, 100, 99))).containsOnly(0);
  }
}
