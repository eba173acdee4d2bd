package dev.signalbox.routing.auto;

import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.routing.request.CostBand;
import java.util.List;

/// Which models are tried for a request, in order, and an account of all the others.
///
/// @param band as asked for
/// @param within the percentiles that were left of it: another where no model was inside
/// @param kept why the first was not ranked: `pin_model`, `session`, or empty when it was
/// @param models empty when nothing is left to choose from
/// @param considered every model of the catalog that writes text: the chosen first
public record Choice(
    TaskType task,
    CostBand band,
    CostBand within,
    String kept,
    List<Model> models,
    List<Considered> considered) {
  public Choice {
    models = List.copyOf(models);
    considered = List.copyOf(considered);
  }
}
