package dev.signalbox.gateway.simulation;

import dev.signalbox.catalog.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A plain way of choosing, without memory of outages: an order in which all endpoints are tried.
interface Strategy {
  List<Site> order(List<Site> sites, SplittableRandom chance);

  /// Hears how long an endpoint took to its first token.
  default void answered(Endpoint endpoint, double seconds) {}

  static Strategy random() {
    return (sites, chance) -> {
      var order = new ArrayList<>(sites);
      for (int i = order.size() - 1; i > 0; i--) {
        int other = chance.nextInt(i + 1);
        Site swapped = order.get(i);
        order.set(i, order.get(other));
        order.set(other, swapped);
      }
      return order;
    };
  }

  static Strategy roundRobin() {
    var turn = new int[1];
    return (sites, _) -> {
      int first = turn[0]++ % sites.size();
      var order = new ArrayList<Site>(sites.subList(first, sites.size()));
      order.addAll(sites.subList(0, first));
      return order;
    };
  }

  static Strategy cheapestFirst() {
    return (sites, _) ->
        sites.stream().sorted(Comparator.comparingDouble(site -> site.usdPerMillion)).toList();
  }

  /// The lowest average of recent times to the first token; what was never tried comes first.
  static Strategy leastLatency() {
    Map<Endpoint, Double> averages = new HashMap<>();
    return new Strategy() {
      @Override
      public List<Site> order(List<Site> sites, SplittableRandom chance) {
        return sites.stream()
            .sorted(Comparator.comparingDouble(site -> averages.getOrDefault(site.endpoint, 0.0)))
            .toList();
      }

      @Override
      public void answered(Endpoint endpoint, double seconds) {
        averages.merge(endpoint, seconds, (average, sample) -> 0.95 * average + 0.05 * sample);
      }
    };
  }
}
