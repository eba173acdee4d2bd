package dev.signalbox.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Figures by name, several rounds of each.
final class Samples {
  private final Map<String, List<Double>> byName = new LinkedHashMap<>();

  void add(String name, double value) {
    byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  double median(String name) {
    List<Double> values = byName.get(name);
    if (values == null || values.isEmpty()) {
      return Double.NaN;
    }
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /// Returns the median of the ratios of each round: what a machine that was busy in one round and
  /// not in the next distorts least.
  double ratio(String name, String base) {
    List<Double> above = byName.getOrDefault(name, List.of());
    List<Double> below = byName.getOrDefault(base, List.of());
    var ratios = new Samples();
    for (int i = 0; i < Math.min(above.size(), below.size()); i++) {
      ratios.add("", above.get(i) / below.get(i));
    }
    return ratios.median("");
  }

  Map<String, List<Double>> all() {
    return byName;
  }
}
