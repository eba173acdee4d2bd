package dev.signalbox.bench.pure;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs [TranslationBenchmark] and prints each pair's cost as a ratio to its surface's own format.
public final class TranslationRatios {
  private TranslationRatios() {}

  private record Costs(double perKilobyte, double perEvent) {}

  public static void main(String[] arguments) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(TranslationBenchmark.class.getName())
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    var requests = new LinkedHashMap<String, Double>();
    var events = new LinkedHashMap<String, Double>();
    for (RunResult result : results) {
      var into = result.getPrimaryResult().getLabel().equals("request") ? requests : events;
      into.put(result.getParams().getParam("pair"), result.getPrimaryResult().getScore());
    }
    print(requests, events);
  }

  private static void print(Map<String, Double> requests, Map<String, Double> events) {
    System.out.println(
        "| caller → provider | request, per KB | ratio | answer, per event | ratio |");
    System.out.println("| --- | ---: | ---: | ---: | ---: |");
    var own = new LinkedHashMap<String, Costs>();
    requests.forEach(
        (pair, perKilobyte) -> {
          String surface = pair.substring(0, pair.indexOf('>'));
          var costs = new Costs(perKilobyte, events.getOrDefault(pair, Double.NaN));
          Costs base = own.computeIfAbsent(surface, _ -> costs);
          System.out.printf(
              "| %s | %.0f ns | %.1f | %.0f ns | %.1f |%n",
              pair.toLowerCase(Locale.ROOT).replace(">", " → "),
              costs.perKilobyte(),
              costs.perKilobyte() / base.perKilobyte(),
              costs.perEvent(),
              costs.perEvent() / base.perEvent());
        });
  }
}
