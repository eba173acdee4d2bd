package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// As many requests as each gateway takes, in turns: processor time per request, and how many.
final class Saturation {
  /// One kind of request.
  ///
  /// @param connections that send one after the other
  record Load(String name, String mode, int bytes, int connections) {}

  static final List<Load> LOADS =
      List.of(
          new Load("1 KB", "plain", 1_000, 64),
          new Load("10 KB", "plain", 10_000, 64),
          new Load("100 KB", "plain", 100_000, 32),
          new Load("1 MB", "plain", 1_000_000, 8),
          new Load("50 chunks back to back", "burst", 1_000, 32),
          new Load("50 chunks, one every 10 ms", "timed", 1_000, 200));

  private final Path directory;
  private final double seconds;
  private final int rounds;
  final Samples samples = new Samples();

  Saturation(Path directory, double seconds, int rounds) {
    this.directory = directory;
    this.seconds = seconds;
    this.rounds = rounds;
  }

  void run(List<Gateway> gateways, Load load) throws IOException, InterruptedException {
    for (int round = 0; round < rounds; round++) {
      // Every other round goes backwards, so that none always follows the same neighbour.
      for (int i = 0; i < gateways.size(); i++) {
        int turn = round % 2 == 0 ? i : gateways.size() - 1 - i;
        measure(gateways.get(turn), load);
      }
    }
  }

  void warmUp(Gateway gateway, Load load, double seconds) throws IOException, InterruptedException {
    Wrk.run(gateway.target(load.mode(), load.bytes()), directory, load.connections(), seconds);
  }

  private void measure(Gateway gateway, Load load) throws IOException, InterruptedException {
    long before = Machine.cpuMicros(gateway.processes());
    long databaseBefore = database(gateway);
    Wrk.Result result =
        Wrk.run(gateway.target(load.mode(), load.bytes()), directory, load.connections(), seconds);
    long cpu = Machine.cpuMicros(gateway.processes()) - before;
    String name = load.name() + " | " + gateway.name();
    samples.add(name + " | cpu", cpu / (double) result.requests());
    samples.add(name + " | rate", result.perSecond());
    samples.add(name + " | failed", result.failed());
    if (gateway instanceof Signalbox) {
      samples.add(
          name + " | database cpu",
          (database(gateway) - databaseBefore) / (double) result.requests());
    }
  }

  private static long database(Gateway gateway) {
    return gateway instanceof Signalbox signalbox ? Machine.cpuMicros(signalbox.database()) : 0;
  }

  Table table(List<Gateway> gateways, List<Load> loads, String figure) {
    var header = new java.util.ArrayList<>(List.of("load"));
    gateways.forEach(gateway -> header.add(gateway.name()));
    var table = new Table(header);
    for (Load load : loads) {
      var row = new java.util.ArrayList<>(List.of(load.name()));
      for (Gateway gateway : gateways) {
        row.add(
            Table.figure(samples.median(load.name() + " | " + gateway.name() + " | " + figure)));
      }
      table.row(row);
    }
    return table;
  }
}
