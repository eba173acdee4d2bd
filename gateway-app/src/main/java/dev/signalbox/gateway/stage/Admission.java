package dev.signalbox.gateway.stage;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/// Turns requests away when the gateway cannot keep up, so that those it takes are served well.
public final class Admission {
  /*
   * What grows first when there is more to do than processors can is the time that anything waits
   * for its turn on an event loop. Each loop is made to tell, some twenty times a second, how late
   * it was with something that had a time. A pause makes one such figure large, overload makes all
   * of them so: as in CoDel, the least of a window counts. The share of requests that is refused
   * rises while it is too large, and falls when it is not. Refusing costs a tenth of serving, so a
   * loop that is swamped works off what it has.
   *
   * While little runs, nothing is refused: lateness is then the machine's, and fewer requests would
   * not cure it.
   */
  private static final int FEW = 256;
  private static final long TARGET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final double MOST = 0.98;
  private static final double RISE = 0.10;
  private static final double FALL = 0.75;
  private static final double NOTHING = 0.01;

  private final int maxRunning;
  private final DoubleSupplier chance;
  private volatile double share;

  /// @param maxRunning generations at once, whatever the loops say
  Admission(int maxRunning) {
    this(maxRunning, () -> ThreadLocalRandom.current().nextDouble());
  }

  /// @param chance evenly between 0 and 1
  Admission(int maxRunning, DoubleSupplier chance) {
    this.maxRunning = maxRunning;
    this.chance = chance;
  }

  /// One event loop's lateness, window by window. Used on that loop only.
  final class Lateness {
    private long windowSinceNanos;
    private long leastNanos = Long.MAX_VALUE;

    Lateness(long nowNanos) {
      windowSinceNanos = nowNanos;
    }

    void was(long lateNanos, long nowNanos) {
      leastNanos = Math.min(leastNanos, lateNanos);
      if (nowNanos - windowSinceNanos >= WINDOW_NANOS) {
        adapt(leastNanos);
        windowSinceNanos = nowNanos;
        leastNanos = Long.MAX_VALUE;
      }
    }
  }

  private synchronized void adapt(long lateNanos) {
    double excess = (double) lateNanos / TARGET_NANOS;
    if (excess > 1) {
      share = Math.min(MOST, share + RISE * Math.min(excess, 3));
    } else {
      double less = share * FALL;
      share = less < NOTHING ? 0 : less;
    }
  }

  /// Returns the share of requests that is refused now.
  double share() {
    return share;
  }

  /// @param running generations under way
  boolean refuses(int running) {
    double refused = share;
    return running >= maxRunning
        || (refused > 0 && running >= FEW && chance.getAsDouble() < refused);
  }
}
