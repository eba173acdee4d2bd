package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.vitals.Health;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One endpoint's breaker and its trial; the rules are told in [Breakers].
final class EndpointBreaker {
  /// How many attempts must wait for a first token before their silence means anything.
  private static final int WAITING = 5;

  /// How long all of them may wait: a multiple of the slowest first tokens, within these bounds.
  private static final double PATIENCE = 4;

  private static final double LEAST_PATIENCE_SECONDS = 2;
  private static final double MOST_PATIENCE_SECONDS = 30;

  private final CircuitBreaker breaker;
  private final Breakers.Rule rule;
  private final LongSupplier nanoTime;
  private final CoolDown coolDown;
  private final Runnable onChange;
  private final Runnable onRecovered;
  private final RecentOutcomes recent = new RecentOutcomes();

  /// Counts openings and closings.
  private int era;

  /// When the attempt began that is the latest to have worked.
  private long latestWorkedNanos;

  private long downUntilNanos;
  private @Nullable Permit trial;

  private double patienceSeconds = MOST_PATIENCE_SECONDS;

  /// The first attempts begun after the latest one to have worked, of those that still wait for
  /// their first token: no more than tell whether the endpoint is silent.
  private final List<Permit> waiting = new ArrayList<>(WAITING);

  private long lastTokenNanos;

  private boolean worked;
  private long workedNanos;

  /// Whether the outage was seen here, not heard of.
  private boolean seenDown;

  EndpointBreaker(
      CircuitBreaker breaker,
      Breakers.Rule rule,
      LongSupplier nanoTime,
      DoubleSupplier jitter,
      Runnable onChange,
      Runnable onRecovered) {
    this.breaker = breaker;
    this.rule = rule;
    this.nanoTime = nanoTime;
    this.coolDown = new CoolDown(rule.maxCoolDown(), jitter);
    this.onChange = onChange;
    this.onRecovered = onRecovered;
    latestWorkedNanos = nanoTime.getAsLong();
    lastTokenNanos = latestWorkedNanos;
  }

  synchronized Health health() {
    long now = nanoTime.getAsLong();
    State state = breaker.getState();
    if (state == State.CLOSED) {
      return coolDown.isOn(now) ? Health.LIMITED : Health.STABLE;
    }
    if (state == State.OPEN && now - downUntilNanos < 0) {
      return Health.DOWN;
    }
    // While the trial is under way, nobody else should be sent here.
    return !isTrialFree(now)
        ? Health.DOWN
        : coolDown.isOn(now) ? Health.LIMITED : Health.RECOVERING;
  }

  private boolean isTrialFree(long now) {
    return trial == null || isImpatient(now - trial.startNanos);
  }

  private boolean isImpatient(long waitedNanos) {
    return waitedNanos > patienceSeconds * 1e9;
  }

  /// Looks for what nobody tells: an endpoint that answers nothing fails long before the first
  /// time-out does.
  synchronized void watch() {
    long now = nanoTime.getAsLong();
    boolean silent =
        switch (breaker.getState()) {
          case CLOSED -> waiting.size() == WAITING && isImpatient(now - silentSince());
          case HALF_OPEN -> trial != null && isImpatient(now - trial.startNanos);
          default -> false;
        };
    if (silent) {
      open(now);
    }
  }

  private long silentSince() {
    return Math.max(lastTokenNanos, waiting.getFirst().startNanos);
  }

  /// Tells how long the slowest first tokens take when all is well.
  synchronized void expect(double firstTokenSeconds) {
    patienceSeconds =
        Math.clamp(PATIENCE * firstTokenSeconds, LEAST_PATIENCE_SECONDS, MOST_PATIENCE_SECONDS);
  }

  synchronized @Nullable Permit ask(boolean insisting) {
    long now = nanoTime.getAsLong();
    State state = breaker.getState();
    boolean onTrial =
        state == State.HALF_OPEN || (state == State.OPEN && now - downUntilNanos >= 0);
    if (onTrial && !isTrialFree(now) && !insisting) {
      return null;
    }
    var permit = new Permit(this, now, era);
    if (waiting.size() < WAITING) {
      waiting.add(permit);
    }
    if (onTrial && isTrialFree(now)) {
      trial = permit;
      if (state == State.OPEN) {
        breaker.transitionToHalfOpenState();
      }
      onChange.run();
    }
    return permit;
  }

  synchronized void answering(Permit permit) {
    if (permit.over || permit.answering) {
      return;
    }
    permit.answering = true;
    long now = nanoTime.getAsLong();
    stopWaiting(permit);
    lastTokenNanos = now;
    if (coolDown.isOverBy(permit.startNanos)) {
      coolDown.forget();
      onChange.run();
    }
    if (permit.era == era) {
      latestWorkedNanos = Math.max(latestWorkedNanos, permit.startNanos);
      waiting.removeIf(one -> one.startNanos - latestWorkedNanos <= 0);
      worked(now, now - permit.startNanos);
    }
  }

  private void worked(long now, long took) {
    worked = true;
    workedNanos = now;
    State before = breaker.getState();
    if (before == State.OPEN) {
      // A last resort that worked: the outage is over sooner than assumed.
      downUntilNanos = now;
      breaker.transitionToHalfOpenState();
      onChange.run();
    }
    recent.add(true);
    breaker.onSuccess(took, TimeUnit.NANOSECONDS);
    State after = breaker.getState();
    if (before == State.CLOSED && after == State.OPEN) {
      // Too many have failed, but the last one worked: on trial at once.
      downUntilNanos = now;
      onChange.run();
    } else if (before != State.CLOSED && after == State.CLOSED) {
      beginEra();
      onRecovered.run();
    }
  }

  synchronized void failed(Permit permit, UpstreamFailure failure, OptionalLong retryAfterSeconds) {
    if (permit.over) {
      return;
    }
    over(permit);
    long now = nanoTime.getAsLong();
    // What a caller has caused says nothing of others, and "at once" is no time to wait.
    boolean asks =
        retryAfterSeconds.orElse(0) > 0 && failure.blame() != UpstreamFailure.Blame.CALLER;
    if (asks
        ? coolDown.ask(now, Duration.ofSeconds(retryAfterSeconds.getAsLong()))
        : failure.coolsDown() && coolDown.presume(now)) {
      onChange.run();
    }
    if (failure.blame() == UpstreamFailure.Blame.PROVIDER && permit.era == era) {
      // A late failure of what began before a success did is no news.
      if (permit.startNanos - latestWorkedNanos >= 0) {
        recent.add(false);
      }
      broke(now, now - permit.startNanos);
    }
  }

  private void broke(long now, long took) {
    State before = breaker.getState();
    breaker.onError(took, TimeUnit.NANOSECONDS, Failed.INSTANCE);
    switch (breaker.getState()) {
      case HALF_OPEN -> open(now);
      case CLOSED -> {
        if (recent.failedBy(rule.failureShare())) {
          open(now);
        }
      }
      default -> {
        if (before == State.OPEN) {
          downUntilNanos = now + rule.memory().toNanos();
          seenDown = true;
        } else {
          open(now);
        }
      }
    }
  }

  private void open(long now) {
    if (breaker.getState() != State.OPEN) {
      breaker.transitionToOpenState();
    }
    downUntilNanos = now + rule.memory().toNanos();
    seenDown = true;
    trial = null;
    beginEra();
  }

  private void beginEra() {
    era++;
    recent.clear();
    waiting.clear();
    onChange.run();
  }

  /// Ends a permit that told nothing, or has told all.
  synchronized void over(Permit permit) {
    if (permit.over) {
      return;
    }
    permit.over = true;
    if (!permit.answering) {
      stopWaiting(permit);
    }
  }

  private void stopWaiting(Permit permit) {
    waiting.remove(permit);
    if (trial == permit) {
      trial = null;
      onChange.run();
    }
  }

  /// Returns what was seen here and still sets the endpoint back.
  synchronized List<Setback> setbacks(EndpointId endpoint) {
    long now = nanoTime.getAsLong();
    var setbacks = new ArrayList<Setback>(2);
    if (seenDown && breaker.getState() == State.OPEN && now - downUntilNanos < 0) {
      setbacks.add(
          new Setback(
              endpoint,
              Setback.Kind.OUTAGE,
              Duration.ofNanos(now - downUntilNanos + rule.memory().toNanos()),
              Duration.ofNanos(downUntilNanos - now)));
    }
    coolDown.setback(endpoint, now).ifPresent(setbacks::add);
    return setbacks;
  }

  /// Believes what another replica saw, unless the endpoint has answered here since.
  synchronized void hear(Setback setback) {
    long now = nanoTime.getAsLong();
    if (worked && now - workedNanos < setback.age().toNanos()) {
      return;
    }
    long until = now + setback.left().toNanos();
    switch (setback.kind()) {
      case OUTAGE -> {
        if (breaker.getState() == State.CLOSED) {
          open(now);
          downUntilNanos = until;
          seenDown = false;
        }
      }
      case COOL_DOWN -> {
        if (coolDown.hear(now, setback.left())) {
          onChange.run();
        }
      }
    }
  }

  /// Returns how long the endpoint has still asked to be left alone.
  synchronized Optional<Duration> coolDown() {
    return coolDown.left(nanoTime.getAsLong());
  }

  synchronized void forget() {
    breaker.reset();
    trial = null;
    coolDown.forget();
    beginEra();
  }

  private static final class Failed extends RuntimeException {
    static final Failed INSTANCE = new Failed();

    private Failed() {
      super("attempt failed", null, false, false);
    }
  }
}
