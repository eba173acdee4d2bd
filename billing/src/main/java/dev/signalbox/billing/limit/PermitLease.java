package dev.signalbox.billing.limit;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/// What this replica holds of one subject's permits.
final class PermitLease {
  /*
   * Permits are drawn in slices, a fourth of what remains at a time, so that most requests cost no
   * call; the slices shrink with the remainder. When no more can be drawn, others may still hold
   * some: they are asked to give theirs back, once, and from then on draw no more than they need.
   * Only when that brought nothing is a request refused, and the refusal is remembered for a while.
   *
   * While the database does not answer, each replica goes by itself: it allows the limit in the rest
   * of the window, or in the next minute. So all replicas together allow at most the limit times
   * their number.
   */
  private static final long USUAL_SHARE = 4;
  private static final long NOTHING_MORE = Long.MAX_VALUE;
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration REMEMBERED = Duration.ofSeconds(1);
  private static final int ROUNDS = 6;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  private final Permits permits;
  private Quota quota;
  private Instant windowStart = Instant.EPOCH;
  private long endsNanos = Long.MIN_VALUE;
  private long left;
  private long drawn;
  private long takenByAll;
  private boolean alone;
  private boolean frugal;
  private long refusedUntilNanos = Long.MIN_VALUE;
  private long recalledNanos = Long.MIN_VALUE;
  private long waiting;
  private @Nullable Mono<Boolean> drawing;

  PermitLease(Permits permits, Quota quota) {
    this.permits = permits;
    this.quota = quota;
  }

  /// A number of permits in use; what was not needed of them comes back.
  final class Taken {
    private final long count;
    private final Instant window;

    Taken(long count, Instant window) {
      this.count = count;
      this.window = window;
    }

    /// Returns what was not used, or takes what was used beyond, if the window still runs.
    void settle(long used) {
      synchronized (PermitLease.this) {
        if (window.equals(windowStart)) {
          left += count - used;
        }
      }
    }
  }

  /// Takes permits: at once while there are some here.
  ///
  /// @return fails with [RateLimitedException]
  Mono<Taken> take(Quota now, long count) {
    long asked = Math.min(count, now.limit());
    Taken taken = tryTake(now, asked);
    if (taken != null) {
      return Mono.just(taken);
    }
    return Mono.defer(
        () -> {
          enter(asked);
          return await(asked, 0).doFinally(_ -> enter(-asked));
        });
  }

  private synchronized void enter(long count) {
    waiting += count;
  }

  private synchronized @Nullable Taken tryTake(Quota now, long count) {
    quota = now;
    long nanos = System.nanoTime();
    if (nanos - endsNanos >= 0 && endsNanos != Long.MIN_VALUE) {
      left = 0;
    } else if (left >= count && endsNanos != Long.MIN_VALUE) {
      left -= count;
      return new Taken(count, windowStart);
    } else if (isRefusing(nanos)) {
      throw refusal();
    }
    return null;
  }

  private boolean isRefusing(long nanos) {
    return refusedUntilNanos != Long.MIN_VALUE && nanos - refusedUntilNanos < 0;
  }

  private synchronized RateLimitedException refusal() {
    Duration rest = Duration.ofNanos(Math.max(0, endsNanos - System.nanoTime()));
    return new RateLimitedException(quota, Math.max(0, left), Instant.now().plus(rest));
  }

  private Mono<Taken> await(long count, int round) {
    return draw()
        .flatMap(
            _ -> {
              Taken taken = tryTake(quota, count);
              if (taken != null) {
                return Mono.just(taken);
              }
              if (mayStillCome() && round < ROUNDS) {
                Mono<Void> asked =
                    mayRecall()
                        ? permits.recall(quota).timeout(PATIENCE).onErrorComplete()
                        : Mono.empty();
                return asked
                    .then(Mono.delay(FIRST_PAUSE.multipliedBy(1L << round)))
                    .then(Mono.defer(() -> await(count, round + 1)));
              }
              return Mono.error(exhausted());
            });
  }

  /// However many wait, others are asked once a while.
  private synchronized boolean mayRecall() {
    long now = System.nanoTime();
    if (recalledNanos != Long.MIN_VALUE && now - recalledNanos < REMEMBERED.toNanos()) {
      return false;
    }
    recalledNanos = now;
    return true;
  }

  /// Whether all of the window is drawn, and some of it by others.
  private synchronized boolean mayStillCome() {
    return !alone && (takenByAll < quota.limit() || drawn < takenByAll);
  }

  private synchronized RateLimitedException exhausted() {
    refusedUntilNanos = System.nanoTime() + REMEMBERED.toNanos();
    return refusal();
  }

  /// However many wait, one draw runs, for all of them.
  private synchronized Mono<Boolean> draw() {
    Mono<Boolean> running = drawing;
    if (running == null) {
      running =
          Mono.defer(this::drawOnce)
              .doFinally(
                  _ -> {
                    synchronized (this) {
                      drawing = null;
                    }
                  })
              .cache();
      drawing = running;
    }
    return running;
  }

  private Mono<Boolean> drawOnce() {
    Quota now;
    long needed;
    synchronized (this) {
      if (alone && System.nanoTime() - endsNanos < 0) {
        // What was allowed without the database is not drawn a second time.
        return Mono.just(true);
      }
      now = quota;
      needed = Math.max(1, waiting - Math.max(0, left));
    }
    return permits
        .draw(now, needed, frugal ? NOTHING_MORE : USUAL_SHARE)
        .retryWhen(Retry.backoff(2, FIRST_PAUSE))
        .timeout(PATIENCE)
        .map(Optional::of)
        .onErrorReturn(Optional.empty())
        .map(
            slice -> {
              slice.ifPresentOrElse(this::received, this::goAlone);
              return true;
            });
  }

  private synchronized void received(Permits.Slice slice) {
    Instant end = slice.windowStart().plus(quota.window().length());
    if (!slice.windowStart().equals(windowStart)) {
      windowStart = slice.windowStart();
      left = 0;
      drawn = 0;
      frugal = false;
      refusedUntilNanos = Long.MIN_VALUE;
    }
    alone = false;
    endsNanos = System.nanoTime() + Duration.between(slice.now(), end).toNanos();
    left += slice.granted();
    drawn += slice.granted();
    takenByAll = slice.taken();
  }

  private synchronized void goAlone() {
    if (endsNanos != Long.MIN_VALUE && System.nanoTime() - endsNanos < 0) {
      alone = true;
      left += Math.max(0, quota.limit() - drawn);
      drawn = Math.max(drawn, quota.limit());
      return;
    }
    alone = true;
    windowStart = Instant.now();
    left = quota.limit();
    drawn = left;
    endsNanos = System.nanoTime() + Quota.Window.MINUTE.length().toNanos();
  }

  /// Gives everything back: another replica has none.
  Mono<Void> returnAll() {
    long count;
    Instant window;
    Quota of;
    synchronized (this) {
      frugal = true;
      if (alone || left <= 0 || System.nanoTime() - endsNanos >= 0) {
        return Mono.empty();
      }
      count = left;
      left = 0;
      drawn -= count;
      window = windowStart;
      of = quota;
    }
    return permits.giveBack(of, window, count).doOnError(_ -> kept(window, count));
  }

  /// What could not be given back is still here.
  private synchronized void kept(Instant window, long count) {
    if (window.equals(windowStart)) {
      left += count;
      drawn += count;
    }
  }
}
