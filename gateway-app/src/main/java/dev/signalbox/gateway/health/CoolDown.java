package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// The time for which one endpoint has asked to be left alone. Guarded by its breaker.
final class CoolDown {
  /// The first after a 429 that names no time; each one right after it is twice as long.
  private static final Duration FIRST = Duration.ofSeconds(1);

  private static final Duration LONGEST_OWN = Duration.ofSeconds(30);

  private final Duration longest;
  private final DoubleSupplier jitter;
  private boolean begun;
  private long sinceNanos;
  private long untilNanos;
  private int strikes;

  /// Whether it was seen here, not heard of.
  private boolean seen;

  /// @param longest that an endpoint can ask for
  /// @param jitter a factor for times that no endpoint named
  CoolDown(Duration longest, DoubleSupplier jitter) {
    this.longest = longest;
    this.jitter = jitter;
  }

  boolean isOn(long now) {
    return begun && now - untilNanos < 0;
  }

  /// The endpoint named a time.
  ///
  /// @return whether that changed anything
  boolean ask(long now, Duration asked) {
    return begin(now, asked.compareTo(longest) > 0 ? longest : asked);
  }

  /// The endpoint named none.
  ///
  /// @return whether that changed anything
  boolean presume(long now) {
    return !isOn(now) && begin(now, own());
  }

  private Duration own() {
    long doubled = FIRST.toNanos() << Math.min(strikes++, 5);
    double nanos = Math.min(doubled, LONGEST_OWN.toNanos()) * jitter.getAsDouble();
    return Duration.ofNanos((long) nanos);
  }

  /// Another replica was asked.
  ///
  /// @return whether that changed anything
  boolean hear(long now, Duration left) {
    if (isOn(now)) {
      return false;
    }
    begin(now, left);
    seen = false;
    return true;
  }

  private boolean begin(long now, Duration duration) {
    long until = now + duration.toNanos();
    if (isOn(now) && until - untilNanos < 0) {
      return false;
    }
    begun = true;
    seen = true;
    sinceNanos = now;
    untilNanos = until;
    return true;
  }

  /// Returns whether an attempt that works shows it to be over: one that began since.
  boolean isOverBy(long startNanos) {
    return begun && startNanos - sinceNanos >= 0;
  }

  /// It is over, and the next one is the first again.
  void forget() {
    begun = false;
    strikes = 0;
  }

  Optional<Duration> left(long now) {
    return isOn(now) ? Optional.of(Duration.ofNanos(untilNanos - now)) : Optional.empty();
  }

  /// Returns what to tell other replicas, if it was seen here and is not over.
  Optional<Setback> setback(EndpointId endpoint, long now) {
    return seen && isOn(now)
        ? Optional.of(
            new Setback(
                endpoint,
                Setback.Kind.COOL_DOWN,
                Duration.ofNanos(now - sinceNanos),
                Duration.ofNanos(untilNanos - now)))
        : Optional.empty();
  }
}
