package dev.signalbox.billing.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.journal.Journal;
import dev.signalbox.billing.journal.SegmentedJournal;
import dev.signalbox.db.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class LateRecordsTest {
  private static final byte[] JSON = "{\"charged\":\"0.1\"}".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  @Test
  void whatIsWrittenIsNotedNoMore() {
    var late = new LateRecords(FlightLog.open(directory));
    try (var journal = SegmentedJournal.open(directory)) {
      for (int i = 0; i < 1_000; i++) {
        Mono<Void> written = journal.append("gen-" + i, JSON, LateRecords.PATIENCE_NANOS);
        assertThat(late.keep("gen-" + i, JSON, written)).isTrue();
      }
      assertThat(late.await(Eventually.PATIENCE)).isTrue();
      assertThat(journal.depth()).isEqualTo(1_000);
    }
    assertThat(FlightLog.open(directory).left()).isEmpty();
  }

  @Test
  void whatWasNotWrittenWhenTheProcessDiedIsWrittenByTheNext() {
    var late = new LateRecords(FlightLog.open(directory));
    assertThat(late.keep("gen-1", JSON, Mono.never())).isTrue();
    assertThat(late.keep("gen-2", JSON, Mono.never())).isTrue();

    try (var journal = SegmentedJournal.open(directory)) {
      var flights = FlightLog.open(directory);
      assertThat(Interrupted.record(flights, journal)).isZero();
      assertThat(journal.oldest(10))
          .hasSize(2)
          .allSatisfy(entry -> assertThat(entry.json()).isEqualTo(JSON))
          .extracting(Journal.Entry::id)
          .containsExactlyInAnyOrder("gen-1", "gen-2");
      // What the run before had leased is not free as long as they wait.
      assertThat(journal.hasEarlier()).isTrue();
      assertThat(FlightLog.open(directory).left()).isEmpty();
      // Each place is there once.
      assertThat(flights.take()).isNotSameAs(flights.take());
    }
  }

  @Test
  void whatCannotBeWrittenIsTriedAgainAndCanBeFoundMeanwhile() {
    var late = new LateRecords(FlightLog.open(directory));
    var tries = new AtomicInteger();
    Mono<Void> written =
        Mono.defer(
            () -> tries.incrementAndGet() < 3 ? Mono.error(new IOException("no")) : Mono.empty());
    assertThat(late.keep("gen-1", JSON, written)).isTrue();
    assertThat(late.find("gen-1")).hasValue(new String(JSON, StandardCharsets.UTF_8));
    assertThat(late.await(Duration.ofMillis(1))).isFalse();
    assertThat(late.await(Eventually.PATIENCE)).isTrue();
    assertThat(tries).hasValue(3);
    assertThat(late.find("gen-1")).isEmpty();
  }

  @Test
  void whatIsTooLongIsNotKept() {
    var late = new LateRecords(FlightLog.open(directory));
    assertThat(late.keep("gen-1", new byte[5_000], Mono.never())).isFalse();
    assertThat(late.find("gen-1")).isEmpty();
    assertThat(FlightLog.open(directory).left()).isEmpty();
  }
}
