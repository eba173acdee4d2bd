package dev.signalbox.gateway.replica;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Tells the other replicas what this one knows, and learns what they know, every few seconds,
/// through the database.
///
/// While the database is away each replica goes by what it knows itself. No request waits for any
/// of this.
public final class Exchange implements AutoCloseable {
  /*
   * Rows carry the database's time. Each round reads what was told since the last round that worked,
   * and a little more: a transaction may be seen later than its rows' time says. All parts can hear
   * the same thing twice.
   */
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration OVERLAP = Duration.ofSeconds(6);
  private static final Duration UPKEEP = Duration.ofMinutes(1);

  private final UUID replica = UUID.randomUUID();
  private final List<Part> parts;
  private final Disposable running;
  private long heardNanos;
  private boolean heardAny;
  private long tidiedNanos = System.nanoTime();
  private boolean failing;

  /// One kind of thing that is told.
  public interface Part {
    /// Tells what is new here.
    Mono<Void> tell(UUID replica);

    /// Learns what others have told.
    ///
    /// @param since how far to look back; empty where nothing was heard yet
    Mono<Void> hear(UUID replica, Duration since);

    /// Removes what nobody will ask for again.
    Mono<Void> tidy();

    /// Returns how far back a replica that has just started looks.
    Duration memory();
  }

  /// @param ready when there are tables to tell and hear through
  public Exchange(List<Part> parts, Mono<Void> ready, Duration interval) {
    this.parts = List.copyOf(parts);
    this.running =
        ready
            .thenMany(Flux.interval(interval, interval))
            .onBackpressureDrop()
            .concatMap(_ -> round().onErrorResume(this::failed), 1)
            .subscribe();
  }

  private Mono<Void> round() {
    return Mono.defer(
        () -> {
          long began = System.nanoTime();
          boolean tidy = began - tidiedNanos > UPKEEP.toNanos();
          return Flux.fromIterable(parts)
              .concatMap(part -> exchange(part, began, tidy))
              .then()
              .timeout(PATIENCE)
              .doOnSuccess(_ -> succeeded(began, tidy));
        });
  }

  private Mono<Void> exchange(Part part, long began, boolean tidy) {
    Duration since = heardAny ? Duration.ofNanos(began - heardNanos).plus(OVERLAP) : part.memory();
    return part.tell(replica)
        .then(Mono.defer(() -> part.hear(replica, since)))
        .then(Mono.defer(() -> tidy ? part.tidy() : Mono.empty()));
  }

  private void succeeded(long began, boolean tidied) {
    heardNanos = began;
    heardAny = true;
    if (tidied) {
      tidiedNanos = began;
    }
    if (failing) {
      failing = false;
      log.info("Replicas hear of each other again");
    }
  }

  private Mono<Void> failed(Throwable error) {
    if (!failing) {
      failing = true;
      log.warn("Replicas do not hear of each other for now: {}", error.toString());
    }
    return Mono.empty();
  }

  @Override
  public void close() {
    running.dispose();
  }
}
