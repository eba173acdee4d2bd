package dev.signalbox.routing.request;

import dev.signalbox.catalog.Glob;
import dev.signalbox.catalog.TaskType;
import java.util.List;
import java.util.Optional;

/// How the gateway is to choose the model of a request that leaves it the choice.
///
/// @param task what the prompt asks for
/// @param allowed the only models; none are all
/// @param excluded never, allowed or not
/// @param pinned the name of the model that answered before, where the caller wants it again
public record AutoWish(
    TaskType task,
    List<Glob> allowed,
    List<Glob> excluded,
    CostBand band,
    Optional<String> pinned) {
  public static final AutoWish NONE =
      new AutoWish(TaskType.GENERAL, List.of(), List.of(), CostBand.USUAL, Optional.empty());

  public AutoWish {
    allowed = List.copyOf(allowed);
    excluded = List.copyOf(excluded);
  }
}
