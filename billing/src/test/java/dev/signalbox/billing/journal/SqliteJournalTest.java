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
