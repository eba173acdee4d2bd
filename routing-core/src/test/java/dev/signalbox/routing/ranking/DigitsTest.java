package dev.signalbox.routing.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DigitsTest {
  @Test
  void sortsAsEverybodyDoes() {
    for (long seed = 0; seed < 2_000; seed++) {
      var random = new SplittableRandom(seed);
      var numbers = new long[random.nextInt(400)];
      long mask = random.nextLong() & random.nextLong() >>> 1;
      int bits = random.nextInt(9, 13);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (random.nextLong() & mask) >>> bits << bits | i;
      }
      long[] expected = numbers.clone();
      Arrays.sort(expected);
      assertThat(Digits.sorted(numbers, bits)).as("seed %d", seed).isEqualTo(expected);
    }
  }
}
