package dev.signalbox.routing.request;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Which part of the models that could serve a request may be chosen, by what it would cost there:
/// percentiles from 0 (the cheapest) to 100 (the dearest), both included.
///
/// @param word the caller's own
/// @param from no model is below, unless none is inside
/// @param to no model is above, unless none is inside
public record CostBand(String word, double from, double to) {
  /// The dial's place when nothing is said: about the lowest tier.
  public static final int USUAL_DIAL = 9;

  public static final CostBand USUAL = ofDial(USUAL_DIAL);

  /// A fifth of the models.
  public enum Tier {
    LOW,
    MEDIUM,
    HIGH,
    XHIGH,
    MAX;

    private static final int WIDTH = 20;

    public CostBand band() {
      double end = (ordinal() + 1) * WIDTH;
      // A tier ends before the next one begins; the last includes the dearest.
      return new CostBand(word(), ordinal() * WIDTH, this == MAX ? end : Math.nextDown(end));
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Tier> ofWord(String word) {
      return Arrays.stream(values()).filter(tier -> tier.word().equals(word)).findFirst();
    }
  }

  /// Returns a ceiling without a floor.
  ///
  /// @param dial from 0, the 90th percentile, to 10, the 10th
  public static CostBand ofDial(int dial) {
    if (dial < 0 || dial > 10) {
      throw new IllegalArgumentException("dial: %d (expected: 0 to 10)".formatted(dial));
    }
    return new CostBand("cost_quality_tradeoff " + dial, 0, 90 - 8 * dial);
  }
}
