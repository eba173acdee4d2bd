package dev.signalbox.bench;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Measures Signalbox beside its peers: `quick` for a first number, `full` for docs/benchmarks.md,
/// `guard` for the build, `serve` to leave everything running for who wants to look.
public final class Bench {
  /// What the build allows: processor time per request, as a multiple of bare Spring Cloud
  /// Gateway's in the same run. docs/benchmarks.md has the figures; the margin is for machines that
  /// do other things.
  private static final double MOST = 1.8;

  private Bench() {}

  /// @param arguments where the repository is, and what to do
  public static void main(String[] arguments) throws Exception {
    Setup setup = Setup.of(Path.of(arguments[0]));
    String task = arguments.length > 1 ? arguments[1] : "quick";
    try (World world = World.start(setup)) {
      switch (task) {
        case "quick" -> quick(world);
        case "guard" -> guard(world);
        case "serve" -> serve(world);
        case "flags" -> flags(world);
        case "metering" -> metering(world);
        case "full" -> new FullRun(world).run();
        default ->
            throw new IllegalArgumentException(
                task + " (quick, full, guard, flags, metering or serve)");
      }
    }
  }

  private static void quick(World world) throws Exception {
    var samples = new Samples();
    var saturation = new Saturation(world.directory(), samples, 4, true);
    try (Gateway nginx = world.nginx();
        Gateway bare = world.bare();
        Gateway signalbox = world.signalbox()) {
      for (Saturation.Load load : Saturation.ALL) {
        saturation.warmUp(bare, load, 3);
        saturation.warmUp(signalbox, load, 3);
        saturation.run(List.of(nginx, bare, signalbox), load, 3);
        System.out.println(
            Saturation.table(samples, List.of("nginx", "bare", "signalbox"), List.of(load), "cpu"));
        System.out.println(ratio(samples, load));
      }
    }
    System.out.println(samples.all());
  }

  private static String ratio(Samples samples, Saturation.Load load) {
    return String.format(
        Locale.ROOT, "%s: signalbox ÷ bare %.2f", load.name(), toBare(samples, load));
  }

  private static double toBare(Samples samples, Saturation.Load load) {
    return samples.ratio(
        Saturation.key(load, "signalbox", "cpu"), Saturation.key(load, "bare", "cpu"));
  }

  /// Fails if a request costs more than it may. A run that failed is taken once more: a machine
  /// that turned to something else is no regression.
  private static void guard(World world) throws Exception {
    try (Gateway bare = world.bare();
        Gateway signalbox = world.signalbox()) {
      for (Saturation.Load load : List.of(Saturation.SMALL, Saturation.BURST)) {
        if (!passes(world, bare, signalbox, load) && !passes(world, bare, signalbox, load)) {
          System.err.printf(Locale.ROOT, "%s: more than %.2f times bare%n", load.name(), MOST);
          System.exit(1);
        }
      }
    }
  }

  private static boolean passes(World world, Gateway bare, Gateway signalbox, Saturation.Load load)
      throws Exception {
    var samples = new Samples();
    var saturation = new Saturation(world.directory(), samples, 2, false);
    saturation.warmUp(bare, load, 2);
    saturation.warmUp(signalbox, load, 5);
    saturation.run(List.of(bare, signalbox), load, 3);
    System.out.println(ratio(samples, load));
    return toBare(samples, load) <= MOST;
  }

  /// Signalbox with one collector and another: the same loads in turns.
  private static void flags(World world) throws Exception {
    Map<String, String> choices = new LinkedHashMap<>();
    String compact = "-Xmx512m -XX:+UseCompactObjectHeaders ";
    choices.put("G1", compact + "-XX:+UseG1GC");
    choices.put("G1 with regions of 8 MB", compact + "-XX:+UseG1GC -XX:G1HeapRegionSize=8m");
    choices.put("the same with large headers", "-Xmx512m -XX:+UseG1GC -XX:G1HeapRegionSize=8m");
    choices.put("Parallel", compact + "-XX:+UseParallelGC");
    choices.put("Serial", compact + "-XX:+UseSerialGC");
    var samples = new Samples();
    var saturation = new Saturation(world.directory(), samples, 3, true);
    List<Saturation.Load> loads =
        List.of(Saturation.SMALL, Saturation.BURST, Saturation.LARGE, Saturation.HUGE);
    List<Signalbox> gateways = new ArrayList<>();
    try {
      for (Map.Entry<String, String> choice : choices.entrySet()) {
        Setup setup = Setup.of(world.setup().root(), choice.getValue());
        gateways.add(
            Signalbox.start(choice.getKey(), world.directory(), setup, world.port(), 0, Map.of()));
        for (Saturation.Load load : loads) {
          saturation.warmUp(gateways.getLast(), load, 5);
        }
      }
      for (Saturation.Load load : loads) {
        saturation.run(gateways, load, 4);
        for (Signalbox gateway : gateways) {
          System.out.printf(
              Locale.ROOT,
              "%s, %s: %.0f µs per request, median of 4; %d MB resident%n",
              load.name(),
              gateway.name(),
              samples.median(Saturation.key(load, gateway, "cpu")),
              Machine.residentBytes(gateway.processes()) / 1024 / 1024);
        }
      }
    } finally {
      for (Signalbox gateway : gateways) {
        gateway.close();
      }
    }
  }

  /// What metering costs: the same load on two gateways in turns, one of which records nothing.
  private static void metering(World world) throws Exception {
    var samples = new Samples();
    var saturation = new Saturation(world.directory(), samples, 3, true);
    try (Signalbox on = world.signalbox("on", 0, Map.of());
        Signalbox off = world.signalbox("off", 0, Map.of("SIGNALBOX_METERING", "off"))) {
      for (Signalbox gateway : List.of(on, off)) {
        saturation.settle(gateway, Saturation.SMALL);
      }
      saturation.run(List.of(on, off), Saturation.SMALL, 5);
      String unmetered = Saturation.key(Saturation.SMALL, off, "cpu");
      String metered = Saturation.key(Saturation.SMALL, on, "cpu");
      System.out.printf(
          Locale.ROOT,
          "metering on %.1f µs, off %.1f µs, on ÷ off %.2f%n",
          samples.median(metered),
          samples.median(unmetered),
          samples.ratio(metered, unmetered));
    }
  }

  private static void serve(World world) throws Exception {
    try (Gateway nginx = world.nginx();
        Gateway bare = world.bare();
        Gateway signalbox = world.signalbox()) {
      for (Gateway gateway : List.of(nginx, bare, signalbox)) {
        for (String mode : Gateway.Mode.ALL) {
          Target target = gateway.target(mode, 1_000);
          System.out.println(
              String.join(
                  " ",
                  gateway.name(),
                  gateway.processes().toString(),
                  mode,
                  target.url(),
                  target.headers().toString(),
                  gateway.address(mode).model()));
        }
      }
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
