package dev.signalbox.gateway.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.signalbox.db.Eventually;
import dev.signalbox.db.OwnPostgres;
import dev.signalbox.db.PostgresFixture;
import dev.signalbox.gateway.provider.FakeProvider;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The journal's disk is full, or fails: what is answered is billed, what cannot be billed is not
/// answered.
class JournalDiskTest {
  @TempDir Path directory;

  private final Map<String, BigDecimal> seen = new ConcurrentHashMap<>();
  private OwnPostgres postgres;
  private FakeProvider provider;
  private Path catalog;

  @BeforeEach
  void start() throws Exception {
    provider = FakeProvider.start();
    catalog = directory.resolve("catalog.yaml");
    Files.writeString(
        catalog,
        """
        providers:
          - {slug: acme, name: Acme, dialect: openai, base_url: "%s"}
        models:
          - id: acme/alpha
            endpoints:
              - {provider: acme, pricing: {prompt: "0.000001", completion: "0.000002"}}
        """
            .formatted(provider.url()));
    postgres = PostgresFixture.own(directory);
  }

  @AfterEach
  void stop() {
    if (postgres != null) {
      postgres.close();
    }
    provider.close();
  }

  /// Runs a command, and skips the test where it cannot be run.
  private static void need(String what, String... command) throws Exception {
    boolean runs;
    try {
      runs = new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      runs = false;
    }
    assumeTrue(runs, () -> "NOT TESTED: " + what + ": " + String.join(" ", command) + " fails");
  }

  /// Many at once.
  private List<Told> ask(GatewayProcess gateway, String key, int count) throws Exception {
    var told = new ArrayList<Told>();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Callable<Told>>();
      for (int i = 0; i < count; i++) {
        boolean stream = i % 2 == 0;
        running.add(() -> Told.by(gateway.base(), key, stream, ",\"max_tokens\":8"));
      }
      for (var one : clients.invokeAll(running)) {
        told.add(one.get());
      }
    }
    for (Told one : told) {
      if (one.isWhole()) {
        assertThat(seen.put(one.id().orElseThrow(), one.cost())).isNull();
      }
    }
    return told;
  }

  private void awaitMetric(GatewayProcess gateway, String name, double value) throws Exception {
    Eventually.seen(name + " is " + value, () -> gateway.metric(name), now -> now == value);
  }

  @Test
  void aFullDiskSendsRecordsToTheDatabaseAndWithoutOneRefuses() throws Exception {
    need(
        "a disk of its own that is full", "unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt");
    var gateway =
        new GatewayProcess(directory, 0, PostgresFixture.url(postgres.address()), catalog);
    Path disk = gateway.data().resolve("journal");
    Files.createDirectories(disk);
    // Small, so that its files, which have their room already, are soon full.
    gateway.with("SIGNALBOX_LEDGER_JOURNALSIZE=1MB");
    // A disk that only the gateway sees, and that goes with it.
    gateway.within(
        "unshare",
        "-rm",
        "sh",
        "-c",
        "mount -t tmpfs -o size=16m none \"$0\" && exec \"$@\"",
        disk.toString());
    try (gateway) {
      gateway.start();
      String key = gateway.newKey("{\"name\":\"key\",\"limit\":10}");
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      assertThat(gateway.metric("signalbox_ledger_direct_total")).isZero();

      Path filler = fill(Path.of("/proc/" + gateway.pid() + "/root" + disk));
      for (int round = 0; round < 3; round++) {
        assertThat(ask(gateway, key, 200)).allMatch(Told::isWhole);
      }
      double direct = gateway.metric("signalbox_ledger_direct_total");
      assertThat(direct).isPositive();

      postgres.kill();
      awaitMetric(gateway, "signalbox_credit_cut_off", 1);
      List<Told> refused = ask(gateway, key, 40);
      assertThat(refused).noneMatch(Told::isWhole);
      assertThat(refused)
          .allMatch(one -> one.stream() && one.status() == 200 || one.status() == 503);
      int asked = provider.requests().size();
      assertThat(ask(gateway, key, 40)).allMatch(one -> one.status() == 503);
      assertThat(provider.requests()).as("nobody works for what cannot be billed").hasSize(asked);

      Files.delete(filler);
      awaitMetric(gateway, "signalbox_journal_full", 0);
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      assertThat(gateway.metric("signalbox_journal_depth")).isGreaterThanOrEqualTo(40);

      postgres.start();
      awaitMetric(gateway, "signalbox_journal_depth", 0);
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      everythingSeenWasCharged(gateway);
      System.out.printf(
          "journal's disk full: %.0f of 600 records went past it; %d answers in all%n",
          direct, seen.size());
    }
  }

  /// Writes until there is no room for a byte more.
  private static Path fill(Path disk) throws IOException {
    Path filler = disk.resolve("filler");
    byte[] zeros = new byte[4096];
    try (var out = Files.newOutputStream(filler, StandardOpenOption.CREATE)) {
      while (true) {
        out.write(zeros);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
    return filler;
  }

  @Test
  void aDiskThatCannotSyncIsNeverTrustedAgain() throws Exception {
    Path broken = directory.resolve("the-disk-is-broken");
    try (var gateway =
        new GatewayProcess(directory, 0, PostgresFixture.url(postgres.address()), catalog)) {
      gateway.with("LD_PRELOAD=" + shim(broken, "errno = EIO; return -1;")).start();
      String key = gateway.newKey("{\"name\":\"key\",\"limit\":10}");
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);

      postgres.kill();
      awaitMetric(gateway, "signalbox_credit_cut_off", 1);
      for (int round = 0; round < 3; round++) {
        assertThat(ask(gateway, key, 200)).allMatch(Told::isWhole);
      }
      Files.createFile(broken);
      List<Told> refused = ask(gateway, key, 40);
      assertThat(refused).noneMatch(Told::isWhole);
      assertThat(gateway.metric("signalbox_journal_broken")).isEqualTo(1);
      int asked = provider.requests().size();
      assertThat(ask(gateway, key, 40)).allMatch(one -> one.status() == 503);
      assertThat(provider.requests()).hasSize(asked);

      // The disk syncs again: but what became of the pages before, nobody knows.
      Files.delete(broken);
      postgres.start();
      awaitMetric(gateway, "signalbox_credit_cut_off", 0);
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      assertThat(gateway.metric("signalbox_ledger_direct_total")).isGreaterThanOrEqualTo(40);
      assertThat(gateway.metric("signalbox_journal_broken")).isEqualTo(1);
      awaitMetric(gateway, "signalbox_journal_depth", 0);
      everythingSeenWasCharged(gateway);

      // On the same disk, once it works: what was drained is not taken twice.
      gateway.kill();
      gateway.start();
      assertThat(gateway.metric("signalbox_journal_broken")).isZero();
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      awaitMetric(gateway, "signalbox_journal_depth", 0);
      everythingSeenWasCharged(gateway);
      System.out.printf("journal's disk cannot sync: %d answers in all%n", seen.size());
    }
  }

  @Test
  void whoDoesNotWaitForTheDiskIsBilledThoughTheGatewayDiesBeforeItWrites() throws Exception {
    Path stuck = directory.resolve("the-disk-is-stuck");
    try (var gateway =
        new GatewayProcess(
            directory,
            0,
            PostgresFixture.url(postgres.address()),
            catalog,
            "signalbox.ledger.sync=after-answer")) {
      gateway.with("LD_PRELOAD=" + shim(stuck, "usleep(1000);")).start();
      String key = gateway.newKey("{\"name\":\"key\",\"limit\":10}");
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      awaitMetric(gateway, "signalbox_journal_depth", 0);

      Files.createFile(stuck);
      List<Told> unwritten = ask(gateway, key, 200);
      assertThat(unwritten).allMatch(Told::isWhole);
      assertThat(gateway.metric("signalbox_journal_depth")).isZero();
      assertThat(generation(gateway, key, unwritten.getLast())).isEqualTo(200);

      gateway.kill();
      Files.delete(stuck);
      gateway.start();
      everythingSeenWasCharged(gateway);
      // What the life before had leased is free again, and nothing of it is lost.
      assertThat(ask(gateway, key, 40)).allMatch(Told::isWhole);
      gateway.stop();
      var ledger = new LedgerAtRest(postgres.address());
      ledger.holds(seen);
      ledger.isQuiet();
    }
  }

  private static int generation(GatewayProcess gateway, String key, Told told) throws Exception {
    var wish =
        HttpRequest.newBuilder(
                URI.create(gateway.base() + "/api/v1/generation?id=" + told.id().orElseThrow()))
            .header("Authorization", "Bearer " + key)
            .build();
    try (var client = HttpClient.newHttpClient()) {
      return client.send(wish, BodyHandlers.discarding()).statusCode();
    }
  }

  /// Builds a library that has a process do something before each sync while a file is there.
  private Path shim(Path file, String then) throws Exception {
    need("a disk that does not sync", "gcc", "--version");
    Path source = directory.resolve("shim.c");
    Path shim = directory.resolve("shim.so");
    Files.writeString(source, SHIM.formatted(file, then));
    need(
        "a disk that does not sync",
        "gcc",
        "-shared",
        "-fPIC",
        "-o",
        shim.toString(),
        source.toString(),
        "-ldl");
    return shim;
  }

  private static final String SHIM =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <unistd.h>
      static int sync_or_not(const char *name, int fd) {
        while (access("%s", F_OK) == 0) {
          %s
        }
        return ((int (*)(int)) dlsym(RTLD_NEXT, name))(fd);
      }
      int fsync(int fd) { return sync_or_not("fsync", fd); }
      int fdatasync(int fd) { return sync_or_not("fdatasync", fd); }
      """;

  private void everythingSeenWasCharged(GatewayProcess gateway) throws Exception {
    awaitMetric(gateway, "signalbox_journal_depth", 0);
    var ledger = new LedgerAtRest(postgres.address());
    ledger.holds(seen);
    BigDecimal told = seen.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    assertThat(ledger.sum("SELECT sum(charged) FROM usage_record")).isEqualByComparingTo(told);
  }
}
