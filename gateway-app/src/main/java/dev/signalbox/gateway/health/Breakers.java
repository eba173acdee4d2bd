package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.vitals.Health;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Which endpoints are in an outage: a circuit breaker for each, told of every attempt.
public final class Breakers {
  /*
   * Breakers are told, not wrapped around calls: an operator around a stream would take a long answer
   * for a slow one, and a caller who leaves for a success.
   *
   * Planning only reads the state. It never asks for permission, since asking in HALF_OPEN uses up a
   * trial call; so the way from OPEN to HALF_OPEN must be taken by the clock, or a breaker that
   * planning passes over would stay open for ever.
   */
  private final CircuitBreakerConfig config;
  private final LongSupplier nanoTime;
  private final Map<EndpointId, State> states = new ConcurrentHashMap<>();
  private volatile Runnable onChange = () -> {};
  private volatile Consumer<EndpointId> onFirstTried = _ -> {};

  private static final class State {
    final CircuitBreaker breaker;
    volatile long coolUntilNanos;
    volatile boolean cooling;

    State(CircuitBreaker breaker) {
      this.breaker = breaker;
    }
  }

  /// @param memory how long an outage is remembered, and failures are counted
  /// @param minimumCalls calls before the share of failures means anything
  /// @param failureShare of 1, that makes an outage
  /// @param trialCalls let through after an outage, before the endpoint counts as stable
  public record Rule(Duration memory, int minimumCalls, double failureShare, int trialCalls) {
    public static final Rule DEFAULT = new Rule(Duration.ofSeconds(30), 3, 0.5, 2);
  }

  public Breakers(Rule rule, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    config =
        CircuitBreakerConfig.custom()
            .slidingWindowType(SlidingWindowType.TIME_BASED)
            .slidingWindowSize((int) rule.memory().toSeconds())
            .minimumNumberOfCalls(rule.minimumCalls())
            .failureRateThreshold((float) (rule.failureShare() * 100))
            .waitDurationInOpenState(rule.memory())
            .automaticTransitionFromOpenToHalfOpenEnabled(true)
            .permittedNumberOfCallsInHalfOpenState(rule.trialCalls())
            .maxWaitDurationInHalfOpenState(rule.memory())
            .build();
  }

  /// Sets what is called when an endpoint's health changes.
  public void onChange(Runnable listener) {
    onChange = listener;
  }

  /// Sets what is told of each endpoint when it is tried for the first time.
  public void onFirstTried(Consumer<EndpointId> listener) {
    onFirstTried = listener;
  }

  private State state(EndpointId endpoint) {
    State known = states.get(endpoint);
    return known != null
        ? known
        : states.computeIfAbsent(
            endpoint,
            id -> {
              CircuitBreaker breaker = CircuitBreaker.of(id.value(), config);
              breaker.getEventPublisher().onStateTransition(_ -> onChange.run());
              onFirstTried.accept(id);
              return new State(breaker);
            });
  }

  /// Takes every endpoint for stable again.
  public void forget() {
    states
        .values()
        .forEach(
            state -> {
              state.cooling = false;
              state.breaker.reset();
            });
    onChange.run();
  }

  /// Returns the endpoints that have been tried.
  Set<EndpointId> known() {
    return states.keySet();
  }

  public Health healthOf(EndpointId endpoint) {
    State state = states.get(endpoint);
    if (state == null) {
      return Health.STABLE;
    }
    if (isCooling(state)) {
      return Health.DOWN;
    }
    return switch (state.breaker.getState()) {
      case OPEN, FORCED_OPEN -> Health.DOWN;
      case HALF_OPEN -> Health.RECOVERING;
      default -> Health.STABLE;
    };
  }

  private boolean isCooling(State state) {
    return state.cooling && nanoTime.getAsLong() - state.coolUntilNanos < 0;
  }

  /// Returns whether an attempt may be made now. A recovering endpoint lets few through; one that
  /// is down lets all through, since it is asked only when nothing else is left. Each permission
  /// must be followed by [#succeeded], [#failed] or [#forgive].
  public boolean permits(EndpointId endpoint) {
    State state = state(endpoint);
    return switch (state.breaker.getState()) {
      case HALF_OPEN -> state.breaker.tryAcquirePermission();
      default -> true;
    };
  }

  /// @param firstByte time to the first byte of the answer
  public void succeeded(EndpointId endpoint, Duration firstByte) {
    State state = state(endpoint);
    state.cooling = false;
    CircuitBreaker breaker = state.breaker;
    if (breaker.getState() == CircuitBreaker.State.OPEN) {
      // A last resort that worked: the outage is over sooner than assumed.
      breaker.transitionToHalfOpenState();
      return;
    }
    breaker.onSuccess(firstByte.toNanos(), TimeUnit.NANOSECONDS);
  }

  public void failed(EndpointId endpoint, UpstreamFailure failure, Duration took) {
    CircuitBreaker breaker = state(endpoint).breaker;
    if (failure.blame() == UpstreamFailure.Blame.PROVIDER) {
      breaker.onError(took.toNanos(), TimeUnit.NANOSECONDS, Failed.INSTANCE);
    } else {
      breaker.releasePermission();
    }
  }

  /// Takes back a permission whose attempt told nothing of the endpoint.
  public void forgive(EndpointId endpoint) {
    state(endpoint).breaker.releasePermission();
  }

  /// Postpones an endpoint for as long as it asked to be left alone.
  public void coolDown(EndpointId endpoint, Duration duration) {
    State state = state(endpoint);
    state.coolUntilNanos = nanoTime.getAsLong() + duration.toNanos();
    state.cooling = true;
    onChange.run();
  }

  private static final class Failed extends RuntimeException {
    static final Failed INSTANCE = new Failed();

    private Failed() {
      super("attempt failed", null, false, false);
    }
  }
}
