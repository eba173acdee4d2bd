package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class SqliteJournalTest {
  @TempDir Path directory;

  @Test
  void whatWasAppendedIsThereAfterAReopening() {
    try (var journal = SqliteJournal.open(directory)) {
      Flux.range(0, 500).flatMap(i -> journal.append("gen-" + i, "{}"), 64).blockLast();
      assertThat(journal.depth()).isEqualTo(500);
    }
    try (var journal = SqliteJournal.open(directory)) {
      assertThat(journal.depth()).isEqualTo(500);
      var oldest = journal.oldest(10);
      journal.drop(oldest.getLast().sequence());
      assertThat(journal.depth()).isEqualTo(490);
      assertThat(journal.find(oldest.getFirst().id())).isEmpty();
    }
  }

  @Test
  void oneGenerationIsKeptOnce() {
    try (var journal = SqliteJournal.open(directory)) {
      journal.append("gen-1", "{\"a\":1}").block();
      journal.append("gen-1", "{\"a\":2}").block();
      assertThat(journal.depth()).isEqualTo(1);
      assertThat(journal.find("gen-1")).contains("{\"a\":1}");
    }
  }

  @Test
  void twoProcessesCannotShareIt() {
    try (var journal = SqliteJournal.open(directory)) {
      journal.append("gen-1", "{}").block();
      assertThatThrownBy(() -> SqliteJournal.open(directory))
          .hasMessageContaining("does another Signalbox use it");
    }
  }

  @Test
  void eachOpeningIsARunOfItsOwn() {
    Journal.Run first;
    try (var journal = SqliteJournal.open(directory)) {
      first = journal.run();
      assertThat(journal.hasEarlier()).isFalse();
      journal.append("gen-1", "{}").block();
      assertThat(journal.hasEarlier()).isFalse();
    }
    try (var journal = SqliteJournal.open(directory)) {
      assertThat(journal.run()).isEqualTo(new Journal.Run(first.journal(), first.epoch() + 1));
      assertThat(journal.hasEarlier()).isTrue();
      journal.append("gen-2", "{}").block();
      journal.drop(journal.oldest(1).getFirst().sequence());
      assertThat(journal.hasEarlier()).isFalse();
      assertThat(journal.depth()).isEqualTo(1);
      assertThat(journal.next(false).epoch()).isEqualTo(first.epoch() + 2);
      assertThat(journal.hasEarlier()).isTrue();
      assertThat(journal.next(true).journal()).isNotEqualTo(first.journal());
    }
  }

  @Test
  void aFullJournalSaysSoEarlyRefusesNothingItCanHoldAndTakesMoreOnceThereIsRoom() {
    String json = "{\"x\":\"" + "y".repeat(20_000) + "\"}";
    try (var journal = SqliteJournal.open(directory, 1 << 20)) {
      int kept = 0;
      int warnedAt = -1;
      try {
        for (; kept < 200; kept++) {
          if (warnedAt < 0 && journal.isNearlyFull()) {
            warnedAt = kept;
          }
          journal.append("gen-" + kept, json).block();
        }
      } catch (RuntimeException full) {
        assertThat(full).hasMessageContaining("SQLITE_FULL");
      }
      assertThat(warnedAt).isBetween(30, kept - 1);
      assertThat(kept).isLessThan(60);
      // Full is not broken.
      assertThat(journal.failure()).isEmpty();
      assertThat(journal.depth()).isEqualTo(kept);
      journal.drop(journal.oldest(20).getLast().sequence());
      assertThat(journal.isNearlyFull()).isFalse();
      journal.append("gen-again", json).block();
      assertThat(journal.find("gen-again")).contains(json);
    }
  }

  @Test
  void aDamagedRecordIsSetAsideAndTheOthersKept() throws Exception {
    try (var journal = SqliteJournal.open(directory)) {
      for (int i = 0; i < 300; i++) {
        journal.append("gen-" + i, "{\"n\":\"" + "z".repeat(500) + i + "\"}").block();
      }
    }
    Path file = directory.resolve("journal.db");
    byte[] bytes = Files.readAllBytes(file);
    // Inside the text of records, where SQLite itself notices nothing.
    byte[] mark = "zzzz150\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int at = indexOf(bytes, mark);
    assertThat(at).isPositive();
    bytes[at] ^= 1;
    Files.write(file, bytes);
    try (var journal = SqliteJournal.open(directory)) {
      assertThat(journal.damaged()).isEqualTo(1);
      assertThat(journal.depth()).isEqualTo(299);
      assertThat(journal.find("gen-150")).isEmpty();
      assertThat(journal.find("gen-151")).isPresent();
    }
  }

  @Test
  void ofAFileThatCannotBeReadEveryRecordThatCanBeIsSaved() throws Exception {
    try (var journal = SqliteJournal.open(directory)) {
      for (int i = 0; i < 300; i++) {
        journal.append("gen-" + i, "{\"n\":\"" + "z".repeat(500) + i + "\"}").block();
      }
    }
    Path file = directory.resolve("journal.db");
    byte[] bytes = Files.readAllBytes(file);
    byte[] mark = "zzzz150\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int page = indexOf(bytes, mark) / 4096 * 4096;
    java.util.Arrays.fill(bytes, page, page + 4096, (byte) 0xAA);
    Files.write(file, bytes);
    try (var journal = SqliteJournal.open(directory)) {
      assertThat(journal.depth()).isBetween(280L, 299L);
      assertThat(journal.find("gen-10")).isPresent();
      assertThat(journal.find("gen-299")).isPresent();
      journal.append("gen-new", "{}").block();
    }
    try (var files = Files.list(directory)) {
      assertThat(files).anyMatch(kept -> kept.getFileName().toString().startsWith("damaged-"));
    }
  }

  private static int indexOf(byte[] bytes, byte[] mark) {
    for (int i = 0; i + mark.length <= bytes.length; i++) {
      if (java.util.Arrays.equals(bytes, i, i + mark.length, mark, 0, mark.length)) {
        return i;
      }
    }
    return -1;
  }

  /// Appends until it is killed, and prints each id once it is durable.
  static final class Victim {
    public static void main(String[] arguments) {
      var journal = SqliteJournal.open(Path.of(arguments[0]));
      Flux.range(0, 1_000_000)
          .flatMap(
              i ->
                  journal
                      .append(arguments[1] + "-" + i, "{}")
                      .doOnSuccess(_ -> System.out.println(arguments[1] + "-" + i)),
              32)
          .blockLast();
    }
  }

  @Test
  void whatWasAcknowledgedSurvivesKills() throws Exception {
    var acknowledged = new java.util.HashSet<String>();
    for (int round = 0; round < 5; round++) {
      Path output = directory.resolve("acknowledged-" + round);
      Process victim =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Victim.class.getName(),
                  directory.resolve("journal").toString(),
                  "round" + round)
              .redirectOutput(output.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (Files.size(output) < 2_000 * (round + 1) && System.nanoTime() < deadline) {
        Thread.sleep(5);
      }
      victim.destroyForcibly().waitFor();
      String text = Files.readString(output);
      text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(acknowledged::add);
    }
    assertThat(acknowledged).hasSizeGreaterThan(500);
    try (var journal = SqliteJournal.open(directory.resolve("journal"))) {
      var kept =
          journal.oldest(10_000_000).stream()
              .map(Journal.Entry::id)
              .collect(java.util.stream.Collectors.toSet());
      assertThat(kept).containsAll(acknowledged);
    }
  }
}
