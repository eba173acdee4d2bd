package dev.signalbox.routing.ranking;

import dev.signalbox.vitals.Vitals;
import java.util.Arrays;

/// The quality of a model's endpoints (contract, section 3.9): tiers for requests with tools, and
/// an order for those who ask for quality first.
final class Exacto {
  /*
   * Two signals make the tiers: throughput, of endpoints with a hundred requests in half an hour,
   * and the share of answers whose tool calls could be made, of endpoints with two hundred such
   * answers in two hours. A signal speaks where four endpoints are known well enough by it. An
   * endpoint is set back if it is below the median of those by more than 1.5 σ of throughput or 2 σ
   * of tool calls. σ is taken from the median absolute deviation, so that one endpoint far off cannot
   * hide itself by widening it, and has a least value, so that peers which are all alike are not
   * split by noise. One that a signal that speaks does not know is between the good and the bad.
   *
   * The order asked for by `exacto` takes fewer answers, twenty: it goes by the least share of bad
   * tool calls that what was seen is consistent with (the lower end of Wilson's interval at 95 %), in
   * whole percent, so that nobody is behind another by chance; throughput decides between equals.
   */
  static final byte GOOD = 0;
  static final byte INSUFFICIENT_DATA = 1;
  static final byte DEPRIORITIZED = 2;

  private static final int FEWEST = 4;
  private static final long ENOUGH_REQUESTS = 100;
  private static final long ENOUGH_TOOL_ANSWERS = 200;
  private static final long FEW_TOOL_ANSWERS = 20;
  private static final double RATE_SIGMAS = 1.5;
  private static final double TOOL_SIGMAS = 2;
  private static final double SIGMA_PER_DEVIATION = 1.4826;

  /// Of the median.
  private static final double LEAST_RATE_SIGMA = 0.1;

  /// Of all tool answers.
  private static final double LEAST_TOOL_SIGMA = 0.01;

  private static final double Z95 = 1.96;

  private Exacto() {}

  /// Returns each endpoint's tier; none at all where there are no tiers.
  static byte[] tiers(Vitals[] all) {
    if (all.length < FEWEST) {
      return new byte[0];
    }
    var signal = new double[all.length];
    var tiers = new byte[all.length];
    for (int i = 0; i < all.length; i++) {
      signal[i] = rate(all[i]);
    }
    boolean speaks = judge(signal, RATE_SIGMAS, LEAST_RATE_SIGMA, 0, tiers);
    for (int i = 0; i < all.length; i++) {
      signal[i] = toolSuccess(all[i]);
    }
    speaks |= judge(signal, TOOL_SIGMAS, 0, LEAST_TOOL_SIGMA, tiers);
    return speaks ? tiers : new byte[0];
  }

  private static double rate(Vitals vitals) {
    return vitals.requestsIn30Minutes() >= ENOUGH_REQUESTS && vitals.tokensPerSecond().isPresent()
        ? vitals.tokensPerSecond().get().p50()
        : Double.NaN;
  }

  private static double toolSuccess(Vitals vitals) {
    return vitals.toolAnswers() >= ENOUGH_TOOL_ANSWERS
        ? 1 - vitals.toolErrors() / (double) vitals.toolAnswers()
        : Double.NaN;
  }

  /// Puts endpoints into worse tiers by one signal, if it speaks.
  ///
  /// @param signal NaN for those not known well enough
  /// @param leastShare of the median, that σ is at least
  /// @param least that σ is at least
  private static boolean judge(
      double[] signal, double sigmas, double leastShare, double least, byte[] tiers) {
    var known = new double[signal.length];
    int count = 0;
    for (double value : signal) {
      if (!Double.isNaN(value)) {
        known[count++] = value;
      }
    }
    if (count < FEWEST) {
      return false;
    }
    known = Arrays.copyOf(known, count);
    double median = middle(known);
    for (int i = 0; i < count; i++) {
      known[i] = Math.abs(known[i] - median);
    }
    double sigma =
        Math.max(SIGMA_PER_DEVIATION * middle(known), Math.max(leastShare * median, least));
    double cutoff = median - sigmas * sigma;
    for (int i = 0; i < signal.length; i++) {
      byte tier = Double.isNaN(signal[i]) ? INSUFFICIENT_DATA : GOOD;
      tiers[i] = (byte) Math.max(tiers[i], signal[i] < cutoff ? DEPRIORITIZED : tier);
    }
    return true;
  }

  /// Returns the share of bad tool calls that an endpoint surely has, in whole percent.
  static long badToolPercent(Vitals vitals) {
    long answers = vitals.toolAnswers();
    if (answers < FEW_TOOL_ANSWERS) {
      return 0;
    }
    double share = vitals.toolErrors() / (double) answers;
    double z = Z95 * Z95 / answers;
    double least =
        (share + z / 2 - Z95 * Math.sqrt(share * (1 - share) / answers + z / (4 * answers)))
            / (1 + z);
    return Math.round(100 * least);
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
