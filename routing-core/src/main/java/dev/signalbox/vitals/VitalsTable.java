package dev.signalbox.vitals;

import dev.signalbox.catalog.Offering;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The vitals of one model's endpoints, by their numbers, laid out so that planning compares
/// numbers that lie side by side.
public final class VitalsTable {
  /// The percentiles of each measure: p50, p75, p90, p99.
  public static final int POINTS = 4;

  /// Of fewer endpoints, none is better than the others.
  public static final int FEWEST_WITH_QUALITY = Exacto.FEWEST;

  private final List<Offering> model;
  private final Vitals[] all;
  private final Grade[] grades;
  private final double[] latencies;
  private final double[] rates;
  private final Quality[] qualities;
  private final byte[] badToolPercents;

  /// @param model all endpoints of one model
  VitalsTable(List<Offering> model, VitalsSnapshot snapshot) {
    this.model = model;
    all = new Vitals[model.size()];
    grades = new Grade[model.size()];
    latencies = new double[POINTS * model.size()];
    rates = new double[POINTS * model.size()];
    badToolPercents = new byte[model.size()];
    Arrays.fill(latencies, Double.NaN);
    Arrays.fill(rates, Double.NaN);
    for (int i = 0; i < all.length; i++) {
      Vitals vitals = snapshot.of(model.get(i).endpoint().id());
      int at = POINTS * i;
      all[i] = vitals;
      grades[i] = Grade.of(vitals);
      vitals.latencySeconds().ifPresent(points -> copy(points, latencies, at));
      vitals.tokensPerSecond().ifPresent(points -> copy(points, rates, at));
      badToolPercents[i] = (byte) Exacto.badToolPercent(vitals);
    }
    qualities = Exacto.tiers(all);
  }

  private static void copy(Percentiles points, double[] target, int at) {
    target[at] = points.p50();
    target[at + 1] = points.p75();
    target[at + 2] = points.p90();
    target[at + 3] = points.p99();
  }

  boolean isOf(List<Offering> endpoints) {
    return model == endpoints;
  }

  public Vitals vitals(int endpoint) {
    return all[endpoint];
  }

  public Grade grade(int endpoint) {
    return grades[endpoint];
  }

  /// Returns an endpoint's quality tier, or null where the model has none.
  public @Nullable Quality quality(int endpoint) {
    return qualities.length == 0 ? null : qualities[endpoint];
  }

  /// Returns the share of bad tool calls that an endpoint surely has, in whole percent.
  public int badToolPercent(int endpoint) {
    return badToolPercents[endpoint];
  }

  /// Returns a percentile of the time to the first token, or NaN where it was not measured.
  public double latencySeconds(int endpoint, int point) {
    return latencies[POINTS * endpoint + point];
  }

  /// Returns a percentile of the throughput, or NaN where it was not measured.
  public double tokensPerSecond(int endpoint, int point) {
    return rates[POINTS * endpoint + point];
  }
}
