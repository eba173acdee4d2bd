package dev.signalbox.catalog;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Which models the operator would have chosen where a caller leaves the choice to the gateway.
///
/// @param byTask the best first
/// @param always for all tasks, behind those of the task
/// @param reserve chosen only where nothing else is left: those of the first pattern before those
///   of the second. A slug in full counts before a pattern
public record Favourites(Map<TaskType, List<Glob>> byTask, List<Glob> always, List<Glob> reserve) {
  /// Without an operator's word: free variants have limits that others have not.
  public static final Favourites NONE =
      new Favourites(Map.of(), List.of(), List.of(new Glob("*:free")));

  public Favourites {
    var copy = new EnumMap<TaskType, List<Glob>>(TaskType.class);
    byTask.forEach((task, list) -> copy.put(task, List.copyOf(list)));
    byTask = Map.copyOf(copy);
    always = List.copyOf(always);
    reserve = List.copyOf(reserve);
  }

  /// Returns how many favourites come before a model for a task; [Integer#MAX_VALUE] when it is
  /// none.
  public int place(TaskType task, Model model) {
    List<Glob> own = byTask.getOrDefault(task, List.of());
    int place = first(own, model);
    if (place >= 0) {
      return place;
    }
    int behind = first(always, model);
    return behind < 0 ? Integer.MAX_VALUE : own.size() + behind;
  }

  /// Returns how far back in the reserve a model is, from 1; 0 when it is not in the reserve.
  public int reserved(Model model) {
    for (int i = 0; i < reserve.size(); i++) {
      if (reserve.get(i).isExact() && reserve.get(i).matches(model)) {
        return i + 1;
      }
    }
    return first(reserve, model) + 1;
  }

  private static int first(List<Glob> list, Model model) {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).matches(model)) {
        return i;
      }
    }
    return -1;
  }
}
