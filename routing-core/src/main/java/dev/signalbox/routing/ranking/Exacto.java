package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.Percentiles;
import dev.signalbox.vitals.Vitals;
import java.util.Arrays;

/// The quality tiers of a model's endpoints (contract, section 3.9): good ones first, those that
/// are far slower than their peers last.
final class Exacto {
  /*
   * An endpoint is known well enough after a hundred requests in half an hour. It is set back if its
   * median throughput is below the median of those by more than 1.5 σ. σ is taken from the median
   * absolute deviation, so that one endpoint far off cannot hide itself by widening it, and is at
   * least a tenth of the median, so that peers which are all alike are not split by noise. With
   * fewer than four endpoints, or fewer than four known well enough, there are no tiers.
   */
  static final byte GOOD = 0;
  static final byte INSUFFICIENT_DATA = 1;
  static final byte DEPRIORITIZED = 2;

  private static final int FEWEST = 4;
  private static final long ENOUGH_REQUESTS = 100;
  private static final double SIGMAS = 1.5;
  private static final double SIGMA_PER_DEVIATION = 1.4826;
  private static final double LEAST_SIGMA = 0.1;

  private Exacto() {}

  /// Returns each endpoint's tier; none at all where there are no tiers.
  static byte[] tiers(Vitals[] all, int from, int to) {
    var rates = new double[to - from];
    int known = 0;
    for (int i = from; i < to; i++) {
      if (isKnown(all[i])) {
        rates[known++] = median(all[i]);
      }
    }
    if (known < FEWEST) {
      return new byte[0];
    }
    double least = leastRate(Arrays.copyOf(rates, known));
    var tiers = new byte[to - from];
    for (int i = from; i < to; i++) {
      tiers[i - from] =
          !isKnown(all[i]) ? INSUFFICIENT_DATA : median(all[i]) < least ? DEPRIORITIZED : GOOD;
    }
    return tiers;
  }

  private static boolean isKnown(Vitals vitals) {
    return vitals.requestsIn30Minutes() >= ENOUGH_REQUESTS && vitals.tokensPerSecond().isPresent();
  }

  private static double median(Vitals vitals) {
    Percentiles rate = vitals.tokensPerSecond().orElse(null);
    return rate == null ? 0 : rate.p50();
  }

  private static double leastRate(double[] rates) {
    double median = middle(rates);
    var deviations = new double[rates.length];
    for (int i = 0; i < rates.length; i++) {
      deviations[i] = Math.abs(rates[i] - median);
    }
    double sigma = Math.max(SIGMA_PER_DEVIATION * middle(deviations), LEAST_SIGMA * median);
    return median - SIGMAS * sigma;
  }

  /// Returns the middle value, the lower one of two, by Hoare's selection: no need to sort all.
  private static double middle(double[] values) {
    int middle = (values.length - 1) / 2;
    int from = 0;
    int to = values.length - 1;
    while (from < to) {
      double pivot = values[(from + to) >>> 1];
      int i = from;
      int j = to;
      while (i <= j) {
        while (values[i] < pivot) {
          i++;
        }
        while (values[j] > pivot) {
          j--;
        }
        if (i <= j) {
          double swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      }
      if (middle <= j) {
        to = j;
      } else if (middle >= i) {
        from = i;
      } else {
        break;
      }
    }
    return values[middle];
  }
}
