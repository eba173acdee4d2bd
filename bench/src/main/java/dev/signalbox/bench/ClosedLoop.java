package dev.signalbox.bench;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// What `wrk` does, without it: so many connections that send one request after the other. It takes
/// more of the machine than `wrk`, and needs nothing installed.
final class ClosedLoop {
  private ClosedLoop() {}

  static Wrk.Result run(Target target, int connections, double seconds)
      throws InterruptedException {
    var answered = new AtomicLong();
    var failed = new AtomicLong();
    try (var wire = new Wire()) {
      ByteBuf request = Wire.request(target);
      long end = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
      var listener =
          new Wire.Listener() {
            @Override
            public void connected(Wire.Connection connection) {
              connection.send(request);
            }

            @Override
            public void piece(Wire.Connection connection, ByteBuf piece, boolean first) {}

            @Override
            public void end(Wire.Connection connection) {
              answered.incrementAndGet();
              if (System.nanoTime() < end) {
                connection.send(request);
              }
            }

            @Override
            public void failed(Wire.Connection connection, String why) {
              failed.incrementAndGet();
            }
          };
      for (int i = 0; i < connections; i++) {
        wire.connect(target, listener);
      }
      Thread.sleep((long) (seconds * 1_000) + 300);
    }
    return new Wrk.Result(answered.get(), failed.get(), answered.get() / seconds);
  }
}
