package dev.signalbox.billing.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
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
