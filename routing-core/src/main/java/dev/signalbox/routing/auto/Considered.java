package dev.signalbox.routing.auto;

import dev.signalbox.catalog.Model;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// One model in the account of a choice.
///
/// @param detail what the verdict leaves open; empty where it leaves nothing
/// @param usd what the request may cost at its cheapest endpoint; empty where it cannot be served
/// @param percentile of that among the models that could be chosen
/// @param score of those in the cost band
/// @param position in which it is tried, from 1
public record Considered(
    Model model,
    Verdict verdict,
    String detail,
    OptionalDouble usd,
    OptionalDouble percentile,
    Optional<Score> score,
    OptionalInt position) {
  /// A model that was out before it came to prices.
  public static Considered out(Model model, Verdict verdict, String detail) {
    return new Considered(
        model,
        verdict,
        detail,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        Optional.empty(),
        OptionalInt.empty());
  }
}
