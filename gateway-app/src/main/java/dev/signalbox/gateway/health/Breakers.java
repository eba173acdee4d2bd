package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.vitals.Health;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Which endpoints are in an outage: a circuit breaker for each, told of every attempt.
public final class Breakers {
  /*
   * Breakers are told, not wrapped around calls: an operator around a stream would take a long answer
   * for a slow one, and a caller who leaves for a success.
   *
   * Planning only reads [#healthOf]. An attempt asks for a permit and ends it once, however it ends.
   *
   *   closed     any attempt may be made. It opens when half of the calls of the last 30 seconds
   *              failed, and at once when half of the last twenty did, or when a handful wait for
   *              their first token and none has had one for four times what the slowest take.
   *   open       the endpoint is down: planned last, and then let through, since nothing else is
   *              left. Every failure makes it last another 30 seconds; a success ends it.
   *   half open  on trial, one attempt at a time: the others go to the next candidate. Two answers
   *              close it, one failure opens it again. A trial counts as answered with its first
   *              token, and as failed if that does not come in time: so a permit that were never
   *              ended could not hold up an endpoint's return.
   *
   * What was begun before the breaker opened or closed last says nothing of the time after it, and is
   * left out: an outage lets hundreds of attempts fail that were under way.
   */
  private final Rule rule;
  private final CircuitBreakerConfig config;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final Map<EndpointId, EndpointBreaker> breakers = new ConcurrentHashMap<>();
  private volatile Runnable onChange = () -> {};
  private volatile Consumer<EndpointId> onRecovered = _ -> {};
  private volatile Consumer<EndpointId> onFirstTried = _ -> {};

  /// @param memory how long an outage is remembered, and failures are counted
  /// @param minimumCalls calls before the share of failures means anything
  /// @param failureShare of 1, that makes an outage
  /// @param trialCalls answers in a row, after an outage, before the endpoint counts as stable
  /// @param maxCoolDown the longest that an endpoint is left alone because it asked for it
  public record Rule(
      Duration memory,
      int minimumCalls,
      double failureShare,
      int trialCalls,
      Duration maxCoolDown) {
    public static final Rule DEFAULT =
        new Rule(Duration.ofSeconds(30), 3, 0.5, 2, Duration.ofMinutes(5));
  }

  public Breakers(Rule rule, LongSupplier nanoTime) {
    this(rule, nanoTime, RandomGenerator.getDefault());
  }

  /// @param random spreads the end of cool-downs; used by one thread at a time
  public Breakers(Rule rule, LongSupplier nanoTime, RandomGenerator random) {
    this.rule = rule;
    this.nanoTime = nanoTime;
    this.random = random;
    config =
        CircuitBreakerConfig.custom()
            .slidingWindowType(SlidingWindowType.TIME_BASED)
            .slidingWindowSize((int) rule.memory().toSeconds())
            .minimumNumberOfCalls(rule.minimumCalls())
            .failureRateThreshold((float) (rule.failureShare() * 100))
            .waitDurationInOpenState(rule.memory())
            .permittedNumberOfCallsInHalfOpenState(rule.trialCalls())
            .clock(new NanoClock(nanoTime))
            .build();
  }

  /// Sets what is called when an endpoint's health changes.
  public void onChange(Runnable listener) {
    onChange = listener;
  }

  /// Sets what is told of each endpoint whose outage has ended.
  void onRecovered(Consumer<EndpointId> listener) {
    onRecovered = listener;
  }

  /// Sets what is told of each endpoint when it is tried for the first time.
  public void onFirstTried(Consumer<EndpointId> listener) {
    onFirstTried = listener;
  }

  /// Takes every endpoint for stable again.
  public void forget() {
    breakers.values().forEach(EndpointBreaker::forget);
    onChange.run();
  }

  /// Returns the endpoints that have been tried.
  Set<EndpointId> known() {
    return breakers.keySet();
  }

  public Health healthOf(EndpointId endpoint) {
    EndpointBreaker breaker = breakers.get(endpoint);
    return breaker == null ? Health.STABLE : breaker.health();
  }

  /// Returns what was seen here and still sets endpoints back.
  public List<Setback> setbacks() {
    var setbacks = new ArrayList<Setback>();
    breakers.forEach((id, breaker) -> setbacks.addAll(breaker.setbacks(id)));
    return setbacks;
  }

  /// Believes what another replica saw, unless the endpoint has answered here since.
  public void hear(Setback setback) {
    of(setback.endpoint()).hear(setback);
  }

  /// Returns how long an endpoint has still asked to be left alone.
  public Optional<Duration> coolDown(EndpointId endpoint) {
    EndpointBreaker breaker = breakers.get(endpoint);
    return breaker == null ? Optional.empty() : breaker.coolDown();
  }

  /// Looks after endpoints that answer nothing.
  void watch() {
    breakers.values().forEach(EndpointBreaker::watch);
  }

  /// Tells how long an endpoint's slowest first tokens take when all is well.
  void expect(EndpointId endpoint, double firstTokenSeconds) {
    EndpointBreaker breaker = breakers.get(endpoint);
    if (breaker != null) {
      breaker.expect(firstTokenSeconds);
    }
  }

  /// Returns leave for an attempt now, or null while another attempt is the endpoint's trial.
  public @Nullable Permit ask(EndpointId endpoint) {
    return of(endpoint).ask(false);
  }

  /// Returns leave for an attempt in any case: nothing else is left to try.
  public Permit insist(EndpointId endpoint) {
    return Objects.requireNonNull(of(endpoint).ask(true));
  }

  private EndpointBreaker of(EndpointId endpoint) {
    EndpointBreaker known = breakers.get(endpoint);
    return known != null
        ? known
        : breakers.computeIfAbsent(
            endpoint,
            id -> {
              onFirstTried.accept(id);
              return new EndpointBreaker(
                  CircuitBreaker.of(id.value(), config),
                  rule,
                  nanoTime,
                  this::jitter,
                  () -> onChange.run(),
                  () -> onRecovered.accept(id));
            });
  }

  /// Returns a number from a half to one.
  private synchronized double jitter() {
    return 0.5 + random.nextDouble() / 2;
  }

  private static final class NanoClock extends Clock {
    private final LongSupplier nanoTime;

    NanoClock(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(0, nanoTime.getAsLong());
    }
  }
}
