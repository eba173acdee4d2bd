package dev.signalbox.billing.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightLogTest {
  @TempDir Path directory;

  private static Flight flight(String id, String requested) {
    return new Flight(
        id,
        new UUID(1, 2),
        "a".repeat(64),
        "chat-completions",
        "acme/älpha",
        requested,
        "acme",
        "Acme",
        "acme/alpha@acme",
        "priority",
        "{\"prompt\":\"0.1\",\"completion\":\"0.2\",\"discount\":\"0\"}",
        true,
        true,
        1234,
        2,
        new BigDecimal("0.000000000000000001"));
  }

  @Test
  void whatIsUnderWayIsThereForWhoeverOpensItNext() {
    var log = FlightLog.open(directory);
    assertThat(log.left()).isEmpty();
    FlightSlot ended = log.take();
    ended.note(flight("gen-1-ended", "acme/alpha"));
    FlightSlot running = log.take();
    running.note(flight("gen-1-first", "acme/alpha"));
    running.note(flight("gen-1-running", "acme/alpha"));
    running.progress(30, 7);
    FlightSlot refused = log.take();
    refused.note(flight("gen-1-refused", "acme/alpha"));
    refused.refuse();
    ended.free();

    // Nothing is closed: the process before was killed.
    var next = FlightLog.open(directory);
    assertThat(next.left().stream().map(FlightSlot::lost))
        .containsExactlyInAnyOrder(
            new Flight.Lost(flight("gen-1-running", "acme/alpha"), 30, 7, false),
            new Flight.Lost(flight("gen-1-refused", "acme/alpha"), 0, 0, true));
    next.left().forEach(FlightSlot::free);
    assertThat(FlightLog.open(directory).left()).isEmpty();
  }

  @Test
  void aRecordThatIsDueIsNoCallUnderWay() {
    var log = FlightLog.open(directory);
    byte[] json = "{\"model\":\"acme/älpha\"}".getBytes(StandardCharsets.UTF_8);
    FlightSlot slot = log.take();
    slot.note(flight("gen-1-recorded", "acme/alpha"));
    assertThat(slot.keep("gen-1-recorded", json)).isTrue();

    var next = FlightLog.open(directory);
    assertThat(next.left()).singleElement().returns(null, FlightSlot::lost);
    Flight.Due due = next.left().getFirst().due();
    assertThat(due.id()).isEqualTo("gen-1-recorded");
    assertThat(due.json()).isEqualTo(json);
  }

  @Test
  void aRecordOfAnyLengthIsNotedWholeOrNotAtAll() {
    var log = FlightLog.open(directory);
    FlightSlot slot = log.take();
    int longest = 0;
    for (int length = 1; length < 2 * FlightSlot.BYTES; length++) {
      byte[] json = new byte[length];
      Arrays.fill(json, (byte) ' ');
      if (slot.keep("gen-1-x", json)) {
        assertThat(slot.due().json()).isEqualTo(json);
        longest = length;
      } else {
        assertThat(slot.isTaken()).isFalse();
      }
    }
    assertThat(longest).isBetween(1_900, FlightSlot.BYTES);
  }

  @Test
  void thousandsAreUnderWayAtOnce() {
    var log = FlightLog.open(directory);
    var slots = new ArrayList<FlightSlot>();
    for (int i = 0; i < 2_000; i++) {
      FlightSlot slot = log.take();
      slot.note(flight("gen-1-" + i, "acme/alpha"));
      slots.add(slot);
    }
    assertThat(FlightLog.open(directory).left()).hasSize(2_000);
    slots.forEach(FlightSlot::free);
    assertThat(FlightLog.open(directory).left()).isEmpty();
  }

  @Test
  void whatTheCallerWroteMayBeTooLongToBeNoted() {
    var log = FlightLog.open(directory);
    log.take().note(flight("gen-1-long", "x".repeat(5_000)));
    assertThat(FlightLog.open(directory).left())
        .singleElement()
        .satisfies(
            slot -> assertThat(slot.lost().flight()).isEqualTo(flight("gen-1-long", "acme/älpha")));
  }

  @Test
  void aNoteThatIsDamagedIsNotBelieved() throws Exception {
    FlightLog.open(directory).take().note(flight("gen-1-damaged", "acme/alpha"));
    try (var file = new RandomAccessFile(directory.resolve("flights-000").toFile(), "rw")) {
      for (long at = 0; at < file.length(); at += FlightSlot.BYTES) {
        file.seek(at);
        if (file.readInt() != 0) {
          file.seek(at + 60);
          file.write('#');
        }
      }
    }
    assertThat(FlightLog.open(directory).left())
        .singleElement()
        .satisfies(slot -> assertThat(slot.lost()).isNull());
  }
}
