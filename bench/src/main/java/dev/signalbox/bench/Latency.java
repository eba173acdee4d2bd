package dev.signalbox.bench;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// How long answers take, seen by the caller.
final class Latency {
  private static final int MAX_CONNECTIONS = 512;

  private Latency() {}

  /// One request after the other on one connection.
  static Histogram one(Target target, int requests) throws InterruptedException {
    var histogram = new Histogram(3);
    var done = new CountDownLatch(1);
    try (var wire = new Wire()) {
      ByteBuf request = Wire.request(target);
      wire.connect(
          target,
          new Wire.Listener() {
            private int left = requests;

            @Override
            public void connected(Wire.Connection connection) {
              connection.send(request);
            }

            @Override
            public void piece(Wire.Connection connection, ByteBuf piece, boolean first) {}

            @Override
            public void end(Wire.Connection connection) {
              histogram.recordValue(System.nanoTime() - connection.markNanos);
              if (--left > 0) {
                connection.send(request);
              } else {
                done.countDown();
              }
            }

            @Override
            public void failed(Wire.Connection connection, String why) {
              done.countDown();
            }
          });
      if (!done.await(120, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no answer: " + target.url());
      }
    }
    return histogram;
  }

  /// What an open loop saw.
  record Open(Histogram histogram, long failed) {}

  /// Requests at fixed times, whether or not those before are answered; a latency counts from the
  /// moment that a request was due.
  static Open atRate(Target target, int perSecond, double seconds) throws InterruptedException {
    var histogram = new Histogram(3);
    var failed = new AtomicLong();
    long total = Math.round(perSecond * seconds);
    var done = new CountDownLatch((int) total);
    try (var wire = new Wire()) {
      var rate = new Rate(wire, target, histogram, failed, done, perSecond, total);
      wire.execute(rate::begin);
      boolean all = done.await((long) seconds + 15, TimeUnit.SECONDS);
      if (!all) {
        failed.addAndGet(done.getCount());
      }
    }
    return new Open(histogram, failed.get());
  }

  private static final class Rate implements Wire.Listener {
    private final Wire wire;
    private final Target target;
    private final ByteBuf request;
    private final Histogram histogram;
    private final AtomicLong failed;
    private final CountDownLatch done;
    private final long gapNanos;
    private final long total;
    private final ArrayDeque<Wire.Connection> free = new ArrayDeque<>();
    private final ArrayDeque<Long> due = new ArrayDeque<>();
    private int connections;
    private long started;
    private long startNanos;

    Rate(
        Wire wire,
        Target target,
        Histogram histogram,
        AtomicLong failed,
        CountDownLatch done,
        int perSecond,
        long total) {
      this.wire = wire;
      this.target = target;
      this.request = Wire.request(target);
      this.histogram = histogram;
      this.failed = failed;
      this.done = done;
      this.gapNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
      this.total = total;
    }

    void begin() {
      startNanos = System.nanoTime();
      tick();
    }

    private void tick() {
      long now = System.nanoTime();
      while (started < total && startNanos + started * gapNanos <= now) {
        due.add(startNanos + started * gapNanos);
        started++;
        next();
      }
      if (started < total) {
        wire.schedule(this::tick, Math.max(0, startNanos + started * gapNanos - System.nanoTime()));
      }
    }

    private void next() {
      if (due.isEmpty()) {
        return;
      }
      Wire.Connection connection = free.pollLast();
      if (connection != null) {
        connection.send(request);
        connection.markNanos = due.remove();
      } else if (connections < MAX_CONNECTIONS) {
        connections++;
        wire.connect(target, this);
      }
    }

    @Override
    public void connected(Wire.Connection connection) {
      free.addLast(connection);
      next();
    }

    @Override
    public void piece(Wire.Connection connection, ByteBuf piece, boolean first) {}

    @Override
    public void end(Wire.Connection connection) {
      if (connection.markNanos != 0) {
        histogram.recordValue(System.nanoTime() - connection.markNanos);
        connection.markNanos = 0;
        done.countDown();
      }
      free.addLast(connection);
      next();
    }

    @Override
    public void failed(Wire.Connection connection, String why) {
      if (connection.markNanos != 0) {
        connection.markNanos = 0;
        failed.incrementAndGet();
        done.countDown();
      }
    }
  }
}
