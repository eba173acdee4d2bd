package dev.signalbox.gateway.stage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/// Tells every running generation the time, so that none needs timers of its own.
final class Watch implements AutoCloseable {
  private static final long TICK_MILLIS = 100;

  private final Set<LongConsumer> watched = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("signalbox-watch").unstarted(task));

  Watch() {
    clock.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    watched.forEach(generation -> generation.accept(now));
  }

  /// @param generation is told the monotonic time, in nanoseconds, until it is taken off
  void add(LongConsumer generation) {
    watched.add(generation);
  }

  void remove(LongConsumer generation) {
    watched.remove(generation);
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
