package dev.signalbox.db;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/// Waiting for what comes by itself: as long as a slow machine may take, and no longer than it has
/// to.
///
/// How soon something comes is measured elsewhere. A test that fails because it came late tells of
/// the machine, so patience here is far beyond what a machine at work needs.
public final class Eventually {
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long PAUSE_MILLIS = 20;

  private Eventually() {}

  /// Waits until a condition holds; fails with what was waited for.
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    seen(what, condition, Boolean::booleanValue);
  }

  /// Looks again and again, and returns the first sight that is as expected.
  public static <T> T seen(String what, Callable<T> look, Predicate<? super T> expected)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      T now = look.call();
      if (expected.test(now)) {
        return now;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("%s: not in %s; at last %s".formatted(what, PATIENCE, now));
      }
      Thread.sleep(PAUSE_MILLIS);
    }
  }
}
