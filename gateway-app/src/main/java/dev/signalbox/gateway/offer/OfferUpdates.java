package dev.signalbox.gateway.offer;

import dev.signalbox.db.Notifications;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// Brings what operators change into force on this replica: when the database announces it, and
/// where an announcement is lost, at the next look at the version, once a second.
public final class OfferUpdates implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OfferUpdates.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration FAR = Duration.ofDays(1);

  private final OfferStore store;
  private final CatalogFiles files;
  private final List<Consumer<List<Credentials.Opened>>> ownListeners =
      new CopyOnWriteArrayList<>();
  private final Disposable.Composite watching = Disposables.composite();
  private final Disposable.Swap boundary = Disposables.swap();
  private volatile long applied = -1;
  private volatile boolean failing;

  OfferUpdates(OfferStore store, CatalogFiles files) {
    this.store = store;
    this.files = files;
  }

  /// Reads what is in force now, unless the database takes too long for that, and begins to watch.
  ///
  /// @param listener connects outside of the pool
  void start(ConnectionFactory listener) {
    refresh().onErrorResume(this::told).block();
    Flux<Long> announced = Notifications.on(listener, "signalbox_offer").map(text -> 0L);
    watching.add(
        Flux.merge(announced, Flux.interval(Duration.ZERO, POLL).onBackpressureDrop())
            .onBackpressureLatest()
            .concatMap(any -> refresh().onErrorResume(this::told), 1)
            .subscribe());
    watching.add(boundary);
  }

  /// Hears accounts' own credentials, now and whenever they change.
  public void onOwn(Consumer<List<Credentials.Opened>> listener) {
    ownListeners.add(listener);
  }

  /// Brings this replica up to date: completes when every change committed by now is in force.
  public Mono<Void> refresh() {
    return store
        .version()
        .filter(version -> version != applied)
        .flatMap(version -> load())
        .timeout(PATIENCE)
        .then();
  }

  private Mono<Void> load() {
    return store.load().publishOn(Schedulers.boundedElastic()).doOnNext(this::apply).then();
  }

  private synchronized void apply(OfferStore.Snapshot snapshot) {
    if (snapshot.version() < applied) {
      return;
    }
    files.lay(snapshot.overlay());
    ownListeners.forEach(listener -> listener.accept(snapshot.own()));
    applied = snapshot.version();
    failing = false;
    snapshot
        .next()
        .map(wait -> wait.compareTo(FAR) > 0 ? FAR : wait)
        .ifPresent(
            wait ->
                boundary.update(
                    Mono.delay(wait).flatMap(any -> load()).onErrorResume(this::told).subscribe()));
  }

  private Mono<Void> told(Throwable failure) {
    if (!failing) {
      log.warn("What operators changed cannot be read now: {}", failure.toString());
    }
    failing = true;
    return Mono.empty();
  }

  @Override
  public void close() {
    watching.dispose();
  }
}
