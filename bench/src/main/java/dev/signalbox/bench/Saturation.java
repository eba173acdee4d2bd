package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// As many requests as each gateway takes, in turns: processor time per request, and how many.
final class Saturation {
  /// One kind of request.
  ///
  /// @param connections that send one after the other
  record Load(String name, String mode, int bytes, int connections) {}

  static final Load SMALL = new Load("1 KB", "plain", 1_000, 64);
  static final Load BURST = new Load("50 chunks back to back", "burst", 1_000, 32);
  static final Load LARGE = new Load("100 KB", "plain", 100_000, 32);
  static final Load HUGE = new Load("1 MB", "plain", 1_000_000, 8);
  static final List<Load> ALL =
      List.of(
          SMALL,
          new Load("10 KB", "plain", 10_000, 64),
          LARGE,
          HUGE,
          BURST,
          new Load("50 chunks, one every 10 ms", "timed", 1_000, 200));

  /// More callers than a gateway on this machine can serve at once, each with its next request as
  /// soon as it has an answer, be it a refusal.
  static final List<Load> CROWDS =
      List.of(
          new Load("64 callers", "plain", 1_000, 64),
          new Load("512 callers", "plain", 1_000, 512),
          new Load("2,000 callers", "plain", 1_000, 2_000),
          new Load("4,000 callers", "plain", 1_000, 4_000));

  /// While the database stands still: records wait in the journal.
  static final Load ALONE = new Load("1 KB, database stopped", "plain", 1_000, 64);

  private static final int LEAST_WARM_UPS = 5;
  private static final int MOST_WARM_UPS = 9;
  private static final double SETTLED = 0.05;

  private final Path directory;
  private final Samples samples;
  private final double seconds;

  private final boolean withWrk;

  /// @param withWrk the load comes from `wrk`, else from a client of our own
  Saturation(Path directory, Samples samples, double seconds, boolean withWrk) {
    this.directory = directory;
    this.samples = samples;
    this.seconds = seconds;
    this.withWrk = withWrk;
  }

  private Wrk.Result load(Gateway gateway, Load load, double seconds)
      throws IOException, InterruptedException {
    Target target = gateway.target(load.mode(), load.bytes());
    return withWrk
        ? Wrk.run(target, directory, load.connections(), seconds)
        : ClosedLoop.run(target, load.connections(), seconds);
  }

  /// Lets a gateway compile what it runs. Short runs with pauses between them, since the compiler
  /// would otherwise compete with the load for the processor.
  void warmUp(Gateway gateway, Load load, int times) throws IOException, InterruptedException {
    for (int i = 0; i < times; i++) {
      load(gateway, load, 3);
      Thread.sleep(700);
    }
  }

  /// The same, until a request costs what it did the time before: compilers of code paths this long
  /// take a minute and more on a small machine.
  void settle(Gateway gateway, Load load) throws IOException, InterruptedException {
    double before = Double.MAX_VALUE;
    for (int i = 0; i < MOST_WARM_UPS; i++) {
      long cpu = Machine.cpuMicros(gateway.processes());
      Wrk.Result result = load(gateway, load, 3);
      double each = (Machine.cpuMicros(gateway.processes()) - cpu) / (double) result.requests();
      Thread.sleep(700);
      if (i >= LEAST_WARM_UPS && Math.abs(before - each) < SETTLED * before) {
        return;
      }
      before = each;
    }
  }

  void run(List<? extends Gateway> gateways, Load load, int rounds)
      throws IOException, InterruptedException {
    for (int round = 0; round < rounds; round++) {
      // Every other round goes backwards, so that none always follows the same neighbour.
      for (int i = 0; i < gateways.size(); i++) {
        measure(gateways.get(round % 2 == 0 ? i : gateways.size() - 1 - i), load);
      }
    }
  }

  private void measure(Gateway gateway, Load load) throws IOException, InterruptedException {
    long before = Machine.cpuMicros(gateway.processes());
    long databaseBefore = database(gateway);
    Wrk.Result result = load(gateway, load, seconds);
    long cpu = Machine.cpuMicros(gateway.processes()) - before;
    samples.add(key(load, gateway, "failed"), result.failed());
    double failed = result.failed() / (double) Math.max(1, result.requests());
    samples.add(key(load, gateway, "good"), result.perSecond() * Math.max(0, 1 - failed));
    samples.add(key(load, gateway, "refused"), 100 * failed);
    if (result.failed() * 2 > result.requests()) {
      return;
    }
    samples.add(key(load, gateway, "cpu"), cpu / (double) result.requests());
    samples.add(key(load, gateway, "rate"), result.perSecond());
    if (gateway instanceof Signalbox) {
      samples.add(
          key(load, gateway, "database"),
          (database(gateway) - databaseBefore) / (double) result.requests());
    }
  }

  private static long database(Gateway gateway) {
    return gateway instanceof Signalbox signalbox ? Machine.cpuMicros(signalbox.database()) : 0;
  }

  static String key(Load load, Gateway gateway, String figure) {
    return key(load, gateway.name(), figure);
  }

  static String key(Load load, String gateway, String figure) {
    return load.name() + " | " + gateway + " | " + figure;
  }

  static Table table(Samples samples, List<String> gateways, List<Load> loads, String figure) {
    var header = new ArrayList<>(List.of("load"));
    header.addAll(gateways);
    var table = new Table(header);
    for (Load load : loads) {
      var row = new ArrayList<>(List.of(load.name()));
      gateways.forEach(name -> row.add(Table.figure(samples.median(key(load, name, figure)))));
      table.row(row);
    }
    return table;
  }
}
