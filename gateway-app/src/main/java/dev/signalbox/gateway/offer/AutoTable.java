package dev.signalbox.gateway.offer;

import dev.signalbox.catalog.Favourites;
import dev.signalbox.catalog.Glob;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.TaskType;
import dev.signalbox.gateway.offer.Overlay.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the catalog's `auto`: which models are chosen for which task, best first.
///
/// The lists of several files are joined, in the order of the files.
final class AutoTable {
  private static final String ALWAYS = "default";
  private static final String RESERVE = "reserve";

  private final List<Model> models;
  private final Overlay overlay;
  private final Map<TaskType, List<Glob>> byTask = new EnumMap<>(TaskType.class);
  private final List<Glob> always = new ArrayList<>();
  private final List<Glob> reserve = new ArrayList<>();

  private AutoTable(List<Model> models, Overlay overlay) {
    this.models = models;
    this.overlay = overlay;
  }

  /// @param models of the catalog; a favourite that is none of them is a fault, unless operators
  ///   removed it
  static Favourites of(List<Declared> roots, List<Model> models, Overlay overlay) {
    List<Declared> tables = roots.stream().flatMap(root -> root.child("auto").stream()).toList();
    if (tables.isEmpty()) {
      return Favourites.NONE;
    }
    var table = new AutoTable(models, overlay);
    tables.forEach(table::read);
    if (table.reserve.isEmpty()) {
      table.reserve.addAll(Favourites.NONE.reserve());
    }
    return new Favourites(table.byTask, table.always, table.reserve);
  }

  private void read(Declared declared) {
    for (String name : declared.names()) {
      Optional<TaskType> task = TaskType.ofWord(name);
      if (task.isPresent()) {
        byTask.computeIfAbsent(task.get(), _ -> new ArrayList<>()).addAll(globs(declared, name));
      } else if (name.equals(ALWAYS)) {
        always.addAll(globs(declared, name));
      } else if (name.equals(RESERVE)) {
        reserve.addAll(globs(declared, name));
      } else {
        declared.fault(name, "no such task (expected: one that docs/auto.md lists)");
      }
    }
  }

  private List<Glob> globs(Declared declared, String name) {
    List<Glob> globs = declared.texts(name).stream().map(Glob::new).toList();
    for (Glob glob : globs) {
      if (glob.isExact()
          && models.stream().noneMatch(glob::matches)
          && !overlay.of(Kind.MODEL).containsKey(glob.toString())) {
        declared.fault(name, "%.80s: no such model".formatted(glob));
      }
    }
    return globs;
  }
}
