package dev.signalbox.billing.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.db.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class PowerLossTest {
  private static final int SEEDS = 400;
  private static final long MAX_BYTES = 1 << 19;

  /// The text of a record that fills two sectors, with a name of twelve letters: what is left of an
  /// earlier use of a file then begins and ends where a record of the next use does.
  private static final int TWO_SECTORS =
      2 * FragileDisk.SECTOR
          - Frame.bytes("100-1-110-10".getBytes(StandardCharsets.UTF_8), new byte[0]);

  /// What became of the records of one seed.
  private static final class Fate {
    final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    final Set<String> drained = new HashSet<>();
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAnyLossOfPower() throws IOException {
    int acknowledged = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var random = new Random(seed);
      var disk = new FragileDisk();
      var fate = new Fate();
      for (int life = 0; life < 4; life++) {
        disk.untilPowerLoss = 4 + random.nextInt(120);
        live(disk, random, "%03d-%d".formatted(seed, life), fate);
        disk = disk.afterPowerLoss(random);
      }
      try (var journal = SegmentedJournal.open(disk, MAX_BYTES)) {
        while (journal.depth() > 0) {
          drain(journal, 50, fate);
        }
        assertThat(journal.hasEarlier()).isFalse();
      }
      assertThat(fate.drained).describedAs("seed %d", seed).containsAll(fate.acknowledged);
      acknowledged += fate.acknowledged.size();
    }
    assertThat(acknowledged).isGreaterThan(10_000);
  }

  /// Appends and drains until the power goes.
  private static void live(FragileDisk disk, Random random, String name, Fate fate) {
    boolean allAlike = random.nextBoolean();
    try (var journal = SegmentedJournal.open(disk, MAX_BYTES)) {
      for (int round = 100; journal.failure().isEmpty() && round < 160; round++) {
        String prefix = name + "-" + round + "-";
        int size = allAlike ? TWO_SECTORS : 1 + random.nextInt(3_000);
        Flux.range(10, 1 + random.nextInt(20))
            .flatMap(
                i ->
                    journal
                        .append(prefix + i, text(size))
                        .doOnSuccess(_ -> fate.acknowledged.add(prefix + i))
                        .onErrorResume(_ -> Mono.empty()),
                32)
            .blockLast();
        if (random.nextInt(3) == 0 && journal.depth() > 0) {
          drain(journal, 1 + random.nextInt(40), fate);
        }
      }
    } catch (IOException | RuntimeException noPower) {
      // As expected: it may go at any step.
    }
  }

  private static void drain(Journal journal, int count, Fate fate) {
    var some = journal.oldest(count);
    // The database has them before the journal is told.
    some.forEach(entry -> fate.drained.add(entry.id()));
    journal.drop(some.getLast().sequence());
  }

  private static byte[] text(int size) {
    return "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aSyncThatFailedIsNeverTriedAgain() throws IOException {
    var disk = new FragileDisk();
    try (var journal = SegmentedJournal.open(disk, MAX_BYTES)) {
      journal.append("gen-1", text(10)).block();
      disk.untilFailingSync = 0;
      assertThatThrownBy(() -> journal.append("gen-2", text(10)).block())
          .hasMessageContaining("Input/output error");
      disk.untilFailingSync = Integer.MAX_VALUE;
      assertThat(journal.failure()).isPresent();
      assertThatThrownBy(() -> journal.append("gen-3", text(10)).block())
          .hasMessageContaining("Input/output error");
      assertThat(journal.depth()).isEqualTo(1);
      assertThat(journal.find("gen-1")).isPresent();
    }
  }

  @Test
  void aDiskWithoutRoomIsNoBrokenDisk() throws Exception {
    var disk = new FragileDisk();
    try (var journal = SegmentedJournal.open(disk, MAX_BYTES)) {
      disk.full = true;
      int kept = 0;
      try {
        for (; kept < 1_000; kept++) {
          journal.append("gen-" + kept, text(3_000)).block();
        }
      } catch (RuntimeException full) {
        assertThat(full).hasMessageContaining("No space left");
      }
      assertThat(kept).isBetween(10, 999);
      assertThat(journal.failure()).isEmpty();
      assertThat(journal.isFull()).isTrue();
      disk.full = false;
      Eventually.holds("there is room", () -> !journal.isFull());
      journal.append("gen-again", text(3_000)).block();
      assertThat(journal.depth()).isEqualTo(kept + 1);
    }
  }
}
