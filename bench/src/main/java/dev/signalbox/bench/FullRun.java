package dev.signalbox.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/// Everything that docs/benchmarks.md tells, in one run.
final class FullRun {
  /// Signalbox with answers that do not wait for the disk.
  static final String LATE = "signalbox after-answer";

  static final String METERED_LATE = "metering on after-answer";

  static final List<String> ALL = List.of("direct", "nginx", "bare", "signalbox", LATE, "portkey");
  static final int OPEN_RATE = 200;
  private static final Map<String, String> AFTER_ANSWER =
      Map.of("SIGNALBOX_LEDGER_SYNC", "after-answer");
  private static final int ROUNDS = 3;
  private static final int CATALOG_PAIRS = 4;
  private static final double SECONDS = 2;
  private static final double HOLD_SECONDS = 4;
  private static final double CROWD_SECONDS = 5;

  private final World world;
  private final Samples samples = new Samples();
  private final Saturation saturation;

  FullRun(World world) {
    this.world = world;
    this.saturation = new Saturation(world.directory(), samples, SECONDS, true);
  }

  private static final List<Saturation.Load> PROFILED =
      List.of(Saturation.SMALL, Saturation.BURST, Saturation.LARGE, Saturation.HUGE);

  void run() throws Exception {
    var report = new Report(world, samples);
    say("memory");
    memory("nginx", world::nginx);
    memory("bare", world::bare);
    memory("signalbox", world::signalbox);
    memory("portkey", world::portkey);
    try (Gateway direct = world.direct();
        Gateway nginx = world.nginx();
        Gateway bare = world.bare();
        Signalbox signalbox = world.signalbox();
        Signalbox late = world.signalbox(LATE, 0, AFTER_ANSWER);
        Gateway portkey = world.portkey()) {
      saturate(List.of(nginx, bare, signalbox, late), portkey);
      latencies(List.of(direct, nginx, bare, signalbox, late, portkey));
      say("overload");
      var crowds = new Saturation(world.directory(), samples, CROWD_SECONDS, true);
      for (Saturation.Load load : Saturation.CROWDS) {
        crowds.run(List.of(bare, signalbox), load, 2);
      }
      say("profile");
      for (Saturation.Load load : PROFILED) {
        report.profile(load, profile(signalbox, load));
      }
    }
    say("metering on and off");
    metering();
    say("catalog of 2,000 and of few endpoints");
    catalogs();
    report.write();
  }

  private static void say(String what) {
    System.out.println("measuring: " + what);
  }

  private void saturate(List<Gateway> gateways, Gateway portkey) throws Exception {
    for (Saturation.Load load : Saturation.ALL) {
      say("saturation, " + load.name());
      for (Gateway gateway : gateways) {
        if (gateway.name().equals("nginx")) {
          continue;
        }
        if (load == Saturation.SMALL) {
          saturation.settle(gateway, load);
        } else {
          saturation.warmUp(gateway, load, 3);
        }
      }
      saturation.warmUp(portkey, load, 1);
      saturation.run(gateways, load, ROUNDS);
      saturation.run(List.of(portkey), load, 2);
    }
  }

  private void latencies(List<Gateway> gateways) throws InterruptedException {
    say("latencies");
    for (int round = 0; round < 5; round++) {
      for (Gateway gateway : gateways) {
        Target plain = gateway.target("plain", 1_000);
        histogram("alone", gateway, Latency.one(plain, 1_000));
        Latency.Open open = Latency.atRate(plain, OPEN_RATE, 3);
        histogram("at a rate", gateway, open.histogram());
        samples.add("at a rate | " + gateway.name() + " | failed", open.failed());
        Streams.Timing timing = Streams.timing(gateway.target("timed", 1_000), 12);
        histogram("first event", gateway, timing.firstEvent());
        histogram("event's way", gateway, timing.way());
      }
    }
  }

  private void histogram(String what, Gateway gateway, Histogram histogram) {
    if (histogram.getTotalCount() == 0) {
      return;
    }
    String key = what + " | " + gateway.name() + " | ";
    samples.add(key + "p50", histogram.getValueAtPercentile(50) / 1_000.0);
    samples.add(key + "p99", histogram.getValueAtPercentile(99) / 1_000.0);
    samples.add(key + "p99.9", histogram.getValueAtPercentile(99.9) / 1_000.0);
  }

  private interface Starting {
    Gateway start() throws IOException, InterruptedException;
  }

  /// Each gateway alone and fresh, since what a heap once grew to it may keep.
  private void memory(String name, Starting starting) throws Exception {
    try (Gateway gateway = starting.start()) {
      Streams.hold(gateway, 200, 3);
      Thread.sleep(2_000);
      samples.add(
          "memory | " + name + " | rest",
          Machine.residentBytes(gateway.processes()) / 1024.0 / 1024.0);
      for (int streams : new int[] {1_000, 5_000}) {
        Streams.Held held = Streams.hold(gateway, streams, HOLD_SECONDS);
        String key = "memory | " + name + " | " + streams;
        samples.add(key + " each", held.kilobytesEach());
        samples.add(key + " failed", held.failed() + streams - held.open());
        samples.add(key + " total", held.bytesAfter() / 1024.0 / 1024.0);
        Thread.sleep(2_000);
      }
    }
  }

  private Map<String, Long> profile(Signalbox signalbox, Saturation.Load load) throws Exception {
    Target target = signalbox.target(load.mode(), load.bytes());
    Profile profile = Profile.start(world, signalbox.processes().getFirst());
    Wrk.run(target, world.directory(), load.connections(), 8);
    return profile.stop();
  }

  private void metering() throws Exception {
    try (Signalbox on = world.signalbox("metering on", 0, Map.of());
        Signalbox late = world.signalbox(METERED_LATE, 0, AFTER_ANSWER);
        Signalbox off = world.signalbox("metering off", 0, Map.of("SIGNALBOX_METERING", "off"))) {
      List<Signalbox> gateways = List.of(on, late, off);
      inTurns(gateways, 3 * ROUNDS);
      try {
        for (Signalbox gateway : gateways) {
          gateway.signalDatabase("STOP");
        }
        saturation.run(gateways, Saturation.ALONE, ROUNDS);
      } finally {
        for (Signalbox gateway : gateways) {
          gateway.signalDatabase("CONT");
        }
      }
    }
  }

  /// Of several pairs, since what the compiler makes of the same code differs from one process to
  /// the next by more than what is looked for.
  private void catalogs() throws Exception {
    for (int pair = 0; pair < CATALOG_PAIRS; pair++) {
      try (Signalbox large = world.signalbox("large catalog", 1_000, Map.of());
          Signalbox small = world.signalbox("small catalog", 0, Map.of())) {
        inTurns(List.of(large, small), ROUNDS);
      }
    }
  }

  private void inTurns(List<Signalbox> gateways, int rounds) throws Exception {
    for (Signalbox gateway : gateways) {
      saturation.settle(gateway, Saturation.SMALL);
    }
    saturation.run(gateways, Saturation.SMALL, rounds);
  }
}
