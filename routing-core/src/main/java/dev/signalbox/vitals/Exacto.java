package dev.signalbox.vitals;

import java.util.Arrays;

/// The quality of a model's endpoints: tiers for requests with tools, and an order for those who
/// ask for quality first.
final class Exacto {
  /*
   * Two signals make the tiers: throughput, of endpoints with a hundred requests in half an hour, and
   * the share of answers whose tool calls could be made, of endpoints with two hundred such answers
   * in two hours. A signal speaks where four endpoints are known well enough by it. An endpoint is
   * set back if it is below the median of those by more than 1.5 σ of throughput or 2 σ of tool
   * calls. σ is taken from the median absolute deviation, so that one endpoint far off cannot hide
   * itself by widening it, and has a least value, so that peers which are all alike are not split by
   * noise. One that is not known by a signal that speaks is between the good and the bad. All this is
   * a matter of the model, whatever a request asks for: it is worked out once for each snapshot.
   *
   * The order asked for by `exacto` takes fewer answers, twenty: it goes by the least share of bad
   * tool calls that what was seen is consistent with (the lower end of Wilson's interval at 95 %), in
   * whole percent, so that nobody is behind another by chance; throughput decides between equals.
   */
  static final int FEWEST = 4;
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
  static Quality[] tiers(Vitals[] all) {
    var tiers = new Quality[all.length];
    Arrays.fill(tiers, Quality.GOOD);
    double[] rates = Arrays.stream(all).mapToDouble(Exacto::rate).toArray();
    double[] successes = Arrays.stream(all).mapToDouble(Exacto::toolSuccess).toArray();
    boolean speaks = judge(rates, RATE_SIGMAS, LEAST_RATE_SIGMA, 0, tiers);
    speaks |= judge(successes, TOOL_SIGMAS, 0, LEAST_TOOL_SIGMA, tiers);
    return speaks ? tiers : new Quality[0];
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
      double[] signal, double sigmas, double leastShare, double least, Quality[] tiers) {
    double[] known = Arrays.stream(signal).filter(value -> !Double.isNaN(value)).toArray();
    if (known.length < FEWEST) {
      return false;
    }
    double median = middle(known);
    double deviation = middle(Arrays.stream(known).map(one -> Math.abs(one - median)).toArray());
    double sigma = Math.max(SIGMA_PER_DEVIATION * deviation, Math.max(leastShare * median, least));
    for (int i = 0; i < signal.length; i++) {
      if (signal[i] < median - sigmas * sigma) {
        tiers[i] = Quality.DEPRIORITIZED;
      } else if (Double.isNaN(signal[i]) && tiers[i] == Quality.GOOD) {
        tiers[i] = Quality.INSUFFICIENT_DATA;
      }
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

  /// Returns the middle value, the lower one of two.
  private static double middle(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) / 2];
  }
}
