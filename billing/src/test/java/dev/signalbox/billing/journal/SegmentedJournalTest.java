package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.db.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class SegmentedJournalTest {
  @TempDir Path directory;

  @Test
  void whatWasAppendedIsThereAfterAReopening() {
    try (var journal = SegmentedJournal.open(directory)) {
      Flux.range(0, 500).flatMap(i -> journal.append("gen-" + i, bytes("{}")), 64).blockLast();
      assertThat(journal.depth()).isEqualTo(500);
    }
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.depth()).isEqualTo(500);
      var oldest = journal.oldest(10);
      journal.drop(oldest.getLast().sequence());
      assertThat(journal.depth()).isEqualTo(490);
      assertThat(journal.find(oldest.getFirst().id())).isEmpty();
    }
  }

  @Test
  void nobodyWaitsForAJournalThatIsClosed() {
    var journal = SegmentedJournal.open(directory);
    journal.close();
    assertThatThrownBy(() -> journal.append("gen-1", bytes("{}")).block(Eventually.PATIENCE))
        .hasMessageContaining("the journal is closed");
  }

  @Test
  void twoProcessesCannotShareIt() {
    try (var journal = SegmentedJournal.open(directory)) {
      journal.append("gen-1", bytes("{}")).block();
      assertThatThrownBy(() -> SegmentedJournal.open(directory))
          .hasMessageContaining("does another Signalbox use it");
    }
  }

  @Test
  void eachOpeningIsARunOfItsOwn() {
    Journal.Run first;
    try (var journal = SegmentedJournal.open(directory)) {
      first = journal.run();
      assertThat(journal.hasEarlier()).isFalse();
      journal.append("gen-1", bytes("{}")).block();
      assertThat(journal.hasEarlier()).isFalse();
    }
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.run()).isEqualTo(new Journal.Run(first.journal(), first.epoch() + 1));
      assertThat(journal.hasEarlier()).isTrue();
      journal.append("gen-2", bytes("{}")).block();
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
    byte[] json = bytes("{\"x\":\"" + "y".repeat(20_000) + "\"}");
    try (var journal = SegmentedJournal.open(directory, 1 << 20)) {
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
        assertThat(full).hasMessageContaining("the journal is full");
      }
      assertThat(warnedAt).isBetween(30, kept - 1);
      assertThat(kept).isLessThan(60);
      // Full is not broken.
      assertThat(journal.failure()).isEmpty();
      assertThat(journal.depth()).isEqualTo(kept);
      journal.drop(journal.oldest(20).getLast().sequence());
      assertThat(journal.isNearlyFull()).isFalse();
      journal.append("gen-again", json).block();
      assertThat(journal.find("gen-again")).contains(new String(json, StandardCharsets.UTF_8));
    }
  }

  @Test
  void nothingIsWrittenToTheDiskOfAJournalThatIsClosed() throws Exception {
    byte[] json = bytes("{\"x\":\"" + "y".repeat(20_000) + "\"}");
    for (int round = 0; round < 50; round++) {
      var disk = new FragileDisk();
      var journal = SegmentedJournal.open(disk, 1 << 20);
      var closed = new AtomicBoolean();
      var late = new AtomicBoolean();
      disk.meanwhile = () -> late.compareAndSet(false, closed.get());
      // So many that another file is being made when it is closed.
      for (int i = 0; i < 5; i++) {
        journal.append("gen-" + i, json).block();
      }
      journal.close();
      closed.set(true);
      Thread.sleep(2);
      assertThat(late).isFalse();
    }
  }

  @Test
  void aJournalThatMovesOnToItsNextFileIsNotFull() throws Exception {
    byte[] json = bytes("{\"x\":\"" + "y".repeat(20_000) + "\"}");
    var disk = new FragileDisk();
    try (var journal = SegmentedJournal.open(disk, 1 << 20)) {
      var saidFull = new ConcurrentLinkedQueue<Boolean>();
      disk.meanwhile = () -> saidFull.add(journal.isFull());
      for (int i = 0; i < 40; i++) {
        journal.append("gen-" + i, json).block();
      }
      assertThat(saidFull).hasSizeGreaterThan(4).containsOnly(false);
    }
  }

  @Test
  void aDamagedRecordIsSetAsideAndTheOthersKept() throws Exception {
    fill(300);
    Path file = segment();
    byte[] bytes = Files.readAllBytes(file);
    bytes[indexOf(bytes, "zzzz150\"}")] ^= 1;
    Files.write(file, bytes);
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.damaged()).isEqualTo(1);
      assertThat(journal.depth()).isEqualTo(299);
      assertThat(journal.find("gen-150")).isEmpty();
      assertThat(journal.find("gen-151")).isPresent();
      assertThat(drain(journal)).hasSize(299).doesNotHaveDuplicates();
      assertThat(journal.hasEarlier()).isFalse();
    }
    assertThat(directory).isDirectoryContaining("glob:**damaged-*");
  }

  @Test
  void ofAFileWithAHoleEveryRecordThatCanBeReadIsSaved() throws Exception {
    fill(300);
    Path file = segment();
    byte[] bytes = Files.readAllBytes(file);
    int page = indexOf(bytes, "zzzz150\"}") / 4096 * 4096;
    java.util.Arrays.fill(bytes, page, page + 4096, (byte) 0xAA);
    Files.write(file, bytes);
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.depth()).isBetween(285L, 295L);
      assertThat(journal.damaged()).isEqualTo(300 - journal.depth());
      assertThat(journal.find("gen-10")).isPresent();
      assertThat(journal.find("gen-299")).isPresent();
      journal.append("gen-new", bytes("{}")).block();
      assertThat(drain(journal)).contains("gen-0", "gen-299", "gen-new");
    }
  }

  @Test
  void whatDoesNotFitIntoMemoryIsReadFromTheDisk() {
    byte[] json = bytes("{\"x\":\"" + "y".repeat(10_000) + "\"}");
    var all = new ArrayList<String>();
    try (var journal = SegmentedJournal.open(directory)) {
      for (int i = 0; i < 2_500; i++) {
        all.add("gen-" + i);
      }
      Flux.fromIterable(all).flatMapSequential(id -> journal.append(id, json), 64).blockLast();
      assertThat(journal.find("gen-0")).isPresent();
      assertThat(journal.find("gen-2499")).isPresent();
      assertThat(journal.find("gen-2500")).isEmpty();
      // Records go on coming while the backlog is brought away.
      var drained = new ArrayList<String>();
      for (int i = 2_500; journal.depth() > 0; i++) {
        if (i < 2_600) {
          all.add("gen-" + i);
          journal.append("gen-" + i, json).block();
        }
        drained.addAll(drainSome(journal, 90));
      }
      assertThat(drained).hasSameElementsAs(all).doesNotHaveDuplicates();
    }
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.depth()).isZero();
    }
  }

  @Test
  void usedFilesServeAgain() throws Exception {
    byte[] json = bytes("{\"x\":\"" + "y".repeat(10_000) + "\"}");
    try (var journal = SegmentedJournal.open(directory, 1 << 20)) {
      for (int i = 0; i < 1_000; i++) {
        journal.append("gen-" + i, json).block();
        assertThat(drainSome(journal, 10)).containsExactly("gen-" + i);
      }
    }
    try (var files = Files.list(directory)) {
      assertThat(files.count()).isLessThan(6);
    }
    try (var journal = SegmentedJournal.open(directory, 1 << 20)) {
      assertThat(journal.depth()).isZero();
      assertThat(journal.damaged()).isZero();
    }
  }

  @Test
  void aRecordIsReplacedForGood() {
    fill(20);
    try (var journal = SegmentedJournal.open(directory)) {
      journal.replace("gen-5", bytes("{\"free\":true}"));
      assertThat(journal.find("gen-5")).contains("{\"free\":true}");
      assertThat(journal.depth()).isEqualTo(20);
      assertThat(journal.hasEarlier()).isTrue();
    }
    try (var journal = SegmentedJournal.open(directory)) {
      assertThat(journal.find("gen-5")).contains("{\"free\":true}");
      assertThat(journal.depth()).isEqualTo(20);
      assertThat(drain(journal)).hasSize(20).doesNotHaveDuplicates().contains("gen-5");
      assertThat(journal.hasEarlier()).isFalse();
    }
  }

  private void fill(int count) {
    try (var journal = SegmentedJournal.open(directory)) {
      for (int i = 0; i < count; i++) {
        journal.append("gen-" + i, bytes("{\"n\":\"" + "z".repeat(500) + i + "\"}")).block();
      }
    }
  }

  private Path segment() throws Exception {
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("segment-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static List<String> drain(Journal journal) {
    var ids = new ArrayList<String>();
    while (journal.depth() > 0) {
      ids.addAll(drainSome(journal, 50));
    }
    return ids;
  }

  private static List<String> drainSome(Journal journal, int count) {
    List<Journal.Entry> some = journal.oldest(count);
    journal.drop(some.getLast().sequence());
    return some.stream().map(Journal.Entry::id).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int indexOf(byte[] bytes, String text) {
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(at).isPositive();
    return at;
  }

  /// Appends until it is killed, and prints each id once it is durable.
  static final class Victim {
    public static void main(String[] arguments) {
      var journal = SegmentedJournal.open(Path.of(arguments[0]));
      Flux.range(0, 1_000_000)
          .flatMap(
              i ->
                  journal
                      .append(arguments[1] + "-" + i, bytes("{}"))
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
      int bytes = 2_000 * (round + 1);
      Eventually.holds("some are durable", () -> Files.size(output) >= bytes);
      victim.destroyForcibly().waitFor();
      String text = Files.readString(output);
      text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(acknowledged::add);
    }
    assertThat(acknowledged).hasSizeGreaterThan(500);
    try (var journal = SegmentedJournal.open(directory.resolve("journal"))) {
      assertThat(new java.util.HashSet<>(drain(journal))).containsAll(acknowledged);
      assertThat(journal.damaged()).isZero();
    }
  }
}
