package dev.signalbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// docs/benchmarks.md and the raw figures beside it.
final class Report {
  private static final List<String> CROWDED = List.of("bare", "signalbox");
  private static final List<String> METERED =
      List.of("metering off", "metering on", FullRun.METERED_LATE);

  private final World world;
  private final Samples samples;
  private final Map<Saturation.Load, Map<String, Long>> profiles = new LinkedHashMap<>();

  Report(World world, Samples samples) {
    this.world = world;
    this.samples = samples;
  }

  void profile(Saturation.Load load, Map<String, Long> stacks) {
    profiles.put(load, stacks);
  }

  private Table profiled() {
    var micros = new LinkedHashMap<String, Map<String, Double>>();
    profiles.forEach(
        (load, stacks) ->
            micros.put(
                load.name(),
                Profile.parts(stacks, samples.median(Saturation.key(load, "signalbox", "cpu")))));
    return Profile.table(micros);
  }

  void write() throws IOException {
    Path docs = world.setup().root().resolve("docs");
    Files.createDirectories(docs.resolve("benchmarks"));
    Files.writeString(docs.resolve("benchmarks/raw.json"), raw());
    Files.writeString(docs.resolve("benchmarks.md"), text());
  }

  private String raw() {
    var lines = new ArrayList<String>();
    samples.all().forEach((name, values) -> lines.add("  \"%s\": %s".formatted(name, values)));
    return "{\n" + String.join(",\n", lines) + "\n}\n";
  }

  private String text() {
    List<String> gateways = List.of("nginx", "bare", "signalbox", FullRun.LATE, "portkey");
    List<String> alone = List.of("nginx", "bare", "signalbox", "portkey");
    return """
    # Benchmarks

    Written by `bench/run full`, which measures everything again; the figures of every round are in
    [benchmarks/raw.json](benchmarks/raw.json). What is not here was not measured.
    [Why what is above its mark is](benchmarks-limits.md).

    ## Conditions

    %s

    `bare` is Spring Cloud Gateway 5.0.3 (Spring Cloud 2025.1.3) with its defaults and one static
    route: no key, no metering. `nginx` is a plain reverse proxy. `portkey` is
    `@portkey-ai/gateway` 1.15.2 on Node. `signalbox` is in its production configuration:
    authentication, credit, journal, PostgreSQL and metrics on, every model on four endpoints. With
    `signalbox.ledger.sync: after-answer` ([billing](billing.md)) it is shown beside that. All
    JVMs run with the same flags. Everything shares the machine: provider, load and gateways, so
    rates say less than processor time.

    The provider is pretended, on one thread. Load at saturation comes from `wrk` (one thread,
    closed loop, reads whole answers: its latencies are not used). Latencies come from a client of
    our own on one thread; at a fixed rate they count from when a request was due. Gateways take
    turns; a figure is the median of its rounds, a ratio the median of the rounds' ratios.

    ## Ratios

    %s
    ## Processor time per request, µs

    Of the gateway's processes, as the operating system counts it.

    %s
    The same for Signalbox's database, which is PostgreSQL beside it:

    %s
    What metering costs, with the database beside it and while that stands still (records then wait in
    the journal):

    %s
    ## Requests per second at saturation

    %s
    Requests that failed in these runs (median of the rounds). Where most did, the cells above are empty.

    %s
    ## Overload

    1 KB, each caller with its next request as soon as it is answered. Good answers per second:

    %s
    Of 100 requests, refused (503 with `Retry-After`) or never answered:

    %s
    ## Latency, µs

    One request after the other, 1 KB:

    %s
    %d requests per second, 1 KB:

    %s
    From a request to a stream's first event:

    %s
    An event's way from the provider's writing to the caller's reading:

    %s
    ## Memory

    Resident, of a process started for this and warmed up with 200 streams; each stream a chunk a
    second.

    %s
    ## Where the time goes

    µs per request: samples of Signalbox's threads under each load, by the innermost frame that tells
    the part.

    %s\
    """
        .formatted(
            conditions(),
            ratios(),
            Saturation.table(samples, gateways, Saturation.ALL, "cpu"),
            Saturation.table(
                samples, List.of("signalbox", FullRun.LATE), Saturation.ALL, "database"),
            Saturation.table(samples, METERED, List.of(Saturation.SMALL, Saturation.ALONE), "cpu"),
            Saturation.table(samples, gateways, Saturation.ALL, "rate"),
            Saturation.table(samples, gateways, Saturation.ALL, "failed"),
            Saturation.table(samples, CROWDED, Saturation.CROWDS, "good"),
            Saturation.table(samples, CROWDED, Saturation.CROWDS, "refused"),
            percentiles("alone"),
            FullRun.OPEN_RATE,
            percentiles("at a rate"),
            percentiles("first event"),
            percentiles("event's way"),
            memory(alone),
            profiled());
  }

  private String conditions() {
    Runtime.Version java = Runtime.version();
    return """
    | | |
    | --- | --- |
    | date | %s |
    | machine | %d processors (%s), Linux %s |
    | load of the last minute, at the end | %s |
    | Java | %s |
    | flags of both JVMs | `%s` |\
    """
        .formatted(
            LocalDate.now(),
            Runtime.getRuntime().availableProcessors(),
            Machine.processor(),
            System.getProperty("os.version"),
            Machine.load(),
            java,
            String.join(" ", world.setup().java().subList(1, world.setup().java().size())));
  }

  private String ratios() {
    var table = new Table(List.of("", "measured", "after-answer", "must", "wanted"));
    cpu(table, Saturation.SMALL, "bare", "≤ 1.0", "≤ 0.5");
    cpu(table, Saturation.SMALL, "portkey", "≤ 0.1", "≤ 0.05");
    cpu(table, Saturation.BURST, "bare", "≤ 1.0", "≤ 0.5");
    cpu(table, Saturation.LARGE, "bare", "≤ 1.1", "≤ 0.8");
    cpu(table, Saturation.HUGE, "nginx", "≤ 2.0", "≤ 1.5");
    added(table, "alone", "added p50, one at a time", "≤ 1.2", "≤ 0.5");
    added(table, "first event", "added time to the first event", "≤ 1.0", "≤ 0.5");
    metering(table, Saturation.SMALL, "≤ 1.15", "≤ 1.05");
    metering(table, Saturation.ALONE, "", "");
    String catalog = Table.figure(pair(Saturation.SMALL, "large catalog", "small catalog"));
    table.row(List.of("CPU, 1 KB: large catalog ÷ small catalog", catalog, "", "≤ 1.05", ""));
    for (int streams : new int[] {1_000, 5_000}) {
      String key = "memory | signalbox | " + streams;
      table.row(
          List.of(
              "%,d slow streams: KB each; errors".formatted(streams),
              Table.figure(samples.median(key + " each"))
                  + "; "
                  + Math.round(samples.median(key + " failed")),
              "",
              "≤ 64; 0",
              "≤ 24; 0"));
    }
    return table.toString();
  }

  private void cpu(Table table, Saturation.Load load, String peer, String must, String wanted) {
    table.row(
        List.of(
            "CPU, " + load.name() + ", ÷ " + peer,
            cpu(load, "signalbox", peer),
            cpu(load, FullRun.LATE, peer),
            must,
            wanted));
  }

  private String cpu(Saturation.Load load, String gateway, String peer) {
    String ours = Saturation.key(load, gateway, "cpu");
    String theirs = Saturation.key(load, peer, "cpu");
    // Portkey is measured in rounds of its own.
    return Table.figure(
        peer.equals("portkey")
            ? samples.median(ours) / samples.median(theirs)
            : samples.ratio(ours, theirs));
  }

  private void added(Table table, String what, String title, String must, String wanted) {
    table.row(
        List.of(
            title + ", ÷ bare's",
            added(what, "signalbox"),
            added(what, FullRun.LATE),
            must,
            wanted));
  }

  private String added(String what, String gateway) {
    double direct = samples.median(what + " | direct | p50");
    double ours = samples.median(what + " | " + gateway + " | p50") - direct;
    double bare = samples.median(what + " | bare | p50") - direct;
    return Table.figure(ours / bare);
  }

  private void metering(Table table, Saturation.Load load, String must, String wanted) {
    table.row(
        List.of(
            "CPU, " + load.name() + ": metering on ÷ off",
            Table.figure(pair(load, "metering on", "metering off")),
            Table.figure(pair(load, FullRun.METERED_LATE, "metering off")),
            must,
            wanted));
  }

  private double pair(Saturation.Load load, String above, String below) {
    return samples.ratio(Saturation.key(load, above, "cpu"), Saturation.key(load, below, "cpu"));
  }

  private String percentiles(String what) {
    var table = new Table(List.of("", "p50", "p99", "p99.9", "added p50"));
    double direct = samples.median(what + " | direct | p50");
    for (String gateway : FullRun.ALL) {
      String key = what + " | " + gateway + " | ";
      double p50 = samples.median(key + "p50");
      table.row(
          List.of(
              gateway,
              Table.figure(p50),
              Table.figure(samples.median(key + "p99")),
              Table.figure(samples.median(key + "p99.9")),
              gateway.equals("direct") ? "" : Table.figure(p50 - direct)));
    }
    return table.toString();
  }

  private String memory(List<String> gateways) {
    var table =
        new Table(
            List.of(
                "",
                "at rest, MB",
                "1,000 streams, KB each",
                "errors",
                "5,000 streams, KB each",
                "errors"));
    for (String gateway : gateways) {
      String key = "memory | " + gateway + " | ";
      table.row(
          List.of(
              gateway,
              Table.figure(samples.median(key + "rest")),
              Table.figure(samples.median(key + "1000 each")),
              Long.toString(Math.round(samples.median(key + "1000 failed"))),
              Table.figure(samples.median(key + "5000 each")),
              Long.toString(Math.round(samples.median(key + "5000 failed")))));
    }
    return table.toString();
  }
}
