package dev.signalbox.gateway.stage;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// Asks every event loop how late it is.
final class LoopWatch implements AutoCloseable {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final List<Tick> ticks = new CopyOnWriteArrayList<>();

  LoopWatch(EventLoopGroup loops, Admission admission) {
    for (EventExecutor loop : loops) {
      ticks.add(new Tick(loop, admission.new Lateness(System.nanoTime())));
    }
  }

  private static final class Tick implements Runnable {
    private final Admission.Lateness lateness;
    private final ScheduledFuture<?> ticking;
    private long dueNanos;

    Tick(EventExecutor loop, Admission.Lateness lateness) {
      this.lateness = lateness;
      this.dueNanos = System.nanoTime() + TICK_NANOS;
      this.ticking =
          loop.scheduleWithFixedDelay(this, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
      long now = System.nanoTime();
      lateness.was(now - dueNanos, now);
      dueNanos = System.nanoTime() + TICK_NANOS;
    }
  }

  @Override
  public void close() {
    ticks.forEach(tick -> tick.ticking.cancel(false));
  }
}
