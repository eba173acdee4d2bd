package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import java.util.List;

/// How hard models may think, weakest first.
public final class Efforts {
  private static final List<String> ALL =
      List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

  private Efforts() {}

  /// Returns the effort asked for, or the nearest that the provider knows; the weaker of two.
  ///
  /// @param usual those of the dialect, where the catalog declares none; empty for all
  public static String nearest(String asked, Quirks quirks, List<String> usual) {
    List<String> known =
        quirks.value(Quirk.EFFORTS).map(list -> List.of(list.split(","))).orElse(usual);
    int wanted = ALL.indexOf(asked);
    if (known.isEmpty() || known.contains(asked) || wanted < 0) {
      return asked;
    }
    String nearest = known.getFirst();
    for (String effort : known) {
      // Whoever wants some reasoning does not get none.
      boolean fits = wanted == 0 || !effort.equals("none") || known.size() == 1;
      if (fits
          && (distance(effort, wanted) < distance(nearest, wanted)
              || (wanted > 0 && nearest.equals("none")))) {
        nearest = effort;
      }
    }
    return nearest;
  }

  private static int distance(String effort, int wanted) {
    return Math.abs(ALL.indexOf(effort) - wanted);
  }
}
