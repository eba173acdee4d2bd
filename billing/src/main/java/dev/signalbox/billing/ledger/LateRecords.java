package dev.signalbox.billing.ledger;

import dev.signalbox.billing.flight.FlightLog;
import dev.signalbox.billing.flight.FlightSlot;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// Records that are written after their answers. Until one is, it is noted where the death of the
/// process does not reach it.
final class LateRecords {
  /// How long one may wait for others that share its way to the disk.
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final Logger log = LoggerFactory.getLogger(LateRecords.class);
  private static final long AGAIN_SECONDS = 1;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final FlightLog flights;
  private final Map<String, byte[]> waiting = new ConcurrentHashMap<>();

  LateRecords(FlightLog flights) {
    this.flights = flights;
  }

  /// Notes a record and has it written, again and again until it is.
  ///
  /// @return false if there is no room for it, and nothing is done
  boolean keep(String id, byte[] json, Mono<Void> write) {
    @Nullable FlightSlot slot = flights.take();
    if (slot == null) {
      return false;
    }
    if (!slot.keep(id, json)) {
      slot.free();
      return false;
    }
    waiting.put(id, json);
    write(id, write, slot, true);
    return true;
  }

  private void write(String id, Mono<Void> write, FlightSlot slot, boolean first) {
    write.subscribe(
        null,
        failure -> {
          if (first) {
            log.warn("The record of {} cannot be written yet ({})", id, failure.toString());
          }
          Schedulers.parallel()
              .schedule(() -> write(id, write, slot, false), AGAIN_SECONDS, TimeUnit.SECONDS);
        },
        () -> {
          waiting.remove(id);
          slot.free();
        });
  }

  /// Finds the text of a record that is not written yet.
  Optional<String> find(String id) {
    return Optional.ofNullable(waiting.get(id))
        .map(json -> new String(json, StandardCharsets.UTF_8));
  }

  /// Waits until all are written.
  ///
  /// @return false if they are not in time; then they are noted still
  boolean await(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!waiting.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return waiting.isEmpty();
  }
}
