package dev.signalbox.gateway.stage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Tells every running generation the time, so that none needs timers of its own, and the end of
/// all time.
final class Watch implements AutoCloseable {
  /// What is watched.
  interface Watched {
    /// @param now monotonic, in nanoseconds
    void look(long now);

    /// Ends what is under way: the process does not wait for it any longer.
    void cut();
  }

  private static final long TICK_MILLIS = 100;

  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("signalbox-watch").unstarted(task));

  Watch() {
    clock.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    watched.forEach(generation -> generation.look(now));
  }

  /// @param generation is told the time until it is taken off
  void add(Watched generation) {
    watched.add(generation);
  }

  void remove(Watched generation) {
    watched.remove(generation);
  }

  /// Ends all that is under way.
  void cut() {
    watched.forEach(Watched::cut);
  }

  /// Runs something a little later, on the watch's own thread.
  void after(long millis, Runnable task) {
    clock.schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
