package dev.signalbox.routing.auto;

import dev.signalbox.catalog.TaskType;
import dev.signalbox.vitals.Grade;

/// What speaks for a model. The operator's word comes first; evidence orders those of whom the
/// operator says nothing.
///
/// @param out all its endpoints are in an outage or limited: then it comes last
/// @param place how many favourites come before it; [Integer#MAX_VALUE] when it is none
/// @param price its place in the band by cost, 0 to 1: a weak sign of quality, as good as any there
///   is where nobody has measured
/// @param ability 1 where the task gains from thinking and the model can be told to
/// @param context the room beyond what the request needs, 0 to 1: full at eight times the need
/// @param health 1, or less where requests failed lately
public record Score(
    boolean out, int place, double price, double ability, double context, double health)
    implements Comparable<Score> {
  private static final double PRICE = 0.4;
  private static final double ABILITY = 0.25;
  private static final double CONTEXT = 0.1;
  private static final double HEALTH = 0.25;
  private static final double AMPLE = 8;

  /// @param share its place in the band by cost, 0 to 1
  /// @param tokens that the request may take
  static Score of(Contender contender, TaskType task, int place, double share, long tokens) {
    return new Score(
        contender.grade().isOut(),
        place,
        share,
        gainsFromThought(task) && contender.reasons() ? 1 : 0,
        Math.clamp(Math.log((double) contender.context() / tokens) / Math.log(AMPLE), 0, 1),
        health(contender.grade()));
  }

  private static boolean gainsFromThought(TaskType task) {
    return switch (task) {
      case AGENT, CODE, MATH, REASONING -> true;
      case VISION, TRANSLATION, SUMMARY, EXTRACTION, WRITING, GENERAL -> false;
    };
  }

  private static double health(Grade grade) {
    return switch (grade) {
      case NORMAL -> 1;
      case DEGRADED -> 0.5;
      case UNRELIABLE, LIMITED, DOWN -> 0;
    };
  }

  /// Returns what all evidence comes to, 0 to 1.
  public double evidence() {
    return PRICE * price + ABILITY * ability + CONTEXT * context + HEALTH * health;
  }

  /// The better is the lesser.
  @Override
  public int compareTo(Score other) {
    int byOutage = Boolean.compare(out, other.out);
    int byPlace = byOutage == 0 ? Integer.compare(place, other.place) : byOutage;
    return byPlace == 0 ? Double.compare(other.evidence(), evidence()) : byPlace;
  }
}
