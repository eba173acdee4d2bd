package dev.signalbox.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/// Streams: when the first event comes, how long each is on its way, and what many at once cost.
final class Streams {
  private Streams() {}

  /// @param firstEvent from the request to the first event
  /// @param way of each event, from the provider's writing it to the caller's reading it
  record Timing(Histogram firstEvent, Histogram way) {}

  /// Reads streams one after the other on one connection.
  static Timing timing(Target target, int streams) throws InterruptedException {
    var timing = new Timing(new Histogram(3), new Histogram(3));
    var done = new CountDownLatch(1);
    try (var wire = new Wire()) {
      ByteBuf request = Wire.request(target);
      wire.connect(
          target,
          new Wire.Listener() {
            private int left = streams;
            private boolean seen;

            @Override
            public void connected(Wire.Connection connection) {
              connection.send(request);
            }

            @Override
            public void piece(Wire.Connection connection, ByteBuf piece, boolean first) {
              long now = System.nanoTime();
              for (long sent : sentAt(piece)) {
                if (!seen) {
                  timing.firstEvent().recordValue(now - connection.markNanos);
                  seen = true;
                } else if (now >= sent) {
                  timing.way().recordValue(now - sent);
                }
              }
            }

            @Override
            public void end(Wire.Connection connection) {
              seen = false;
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
    return timing;
  }

  private static long[] sentAt(ByteBuf piece) {
    String text = piece.toString(StandardCharsets.US_ASCII);
    return Pattern.compile(Provider.SENT_AT + "(\\d+)")
        .matcher(text)
        .results()
        .mapToLong(match -> Long.parseLong(match.group(1)))
        .toArray();
  }

  /// @param open streams of which events came
  /// @param failed that ended before they were closed
  /// @param bytesBefore and after: the gateway's resident memory
  record Held(long open, long failed, long bytesBefore, long bytesAfter) {
    double kilobytesEach() {
      return open == 0 ? Double.NaN : (bytesAfter - bytesBefore) / 1024.0 / open;
    }
  }

  /// Opens many slow streams, and holds them for a while.
  static Held hold(Gateway gateway, int streams, double seconds) throws InterruptedException {
    Target target = gateway.target("slow", 1_000);
    long before = Machine.residentBytes(gateway.processes());
    var open = new AtomicLong();
    var failed = new AtomicLong();
    try (var wire = new Wire()) {
      ByteBuf request = Wire.request(target);
      var listener =
          new Wire.Listener() {
            @Override
            public void connected(Wire.Connection connection) {
              connection.send(request);
            }

            @Override
            public void piece(Wire.Connection connection, ByteBuf piece, boolean first) {
              if (first) {
                open.incrementAndGet();
              }
            }

            @Override
            public void end(Wire.Connection connection) {
              failed.incrementAndGet();
            }

            @Override
            public void failed(Wire.Connection connection, String why) {
              failed.incrementAndGet();
            }
          };
      for (int i = 0; i < streams; i++) {
        wire.connect(target, listener);
        if (i % 50 == 49) {
          Thread.sleep(20);
        }
      }
      Thread.sleep(Math.round(seconds * 1000));
      long after = Machine.residentBytes(gateway.processes());
      return new Held(open.get(), failed.get(), before, after);
    }
  }
}
