package dev.signalbox.gateway.observe;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Counts generations and attempts, by model, provider and outcome: few values each, and every
/// meter looked up once.
public final class GenerationMetrics {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60),
    Duration.ofSeconds(300)
  };

  private final MeterRegistry registry;
  private final Map<Answered, Answers> answers = new ConcurrentHashMap<>();
  private final Map<Object, Counter> counters = new ConcurrentHashMap<>();

  private record Answered(String surface, String outcome, EndpointId endpoint) {}

  private record Attempted(String outcome, EndpointId endpoint) {}

  private record Answers(
      Counter ok,
      Counter prompt,
      Counter completion,
      Counter reasoning,
      Counter cached,
      Counter charged,
      Counter upstream,
      Timer firstToken,
      Timer whole) {}

  public GenerationMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /// @param outcome `ok`, `cancelled`, `error`
  public void answered(
      String surface,
      Endpoint endpoint,
      String outcome,
      Usage usage,
      Money charged,
      Money upstream,
      long firstTokenNanos,
      long totalNanos) {
    Answers meters =
        answers.computeIfAbsent(
            new Answered(surface, outcome, endpoint.id()),
            _ -> register(surface, outcome, endpoint));
    meters.ok().increment();
    meters.prompt().increment(usage.promptTokens());
    meters.completion().increment(usage.completionTokens());
    meters.reasoning().increment(usage.reasoning());
    meters.cached().increment(usage.cached());
    meters.charged().increment(charged.usd().doubleValue());
    meters.upstream().increment(upstream.usd().doubleValue());
    meters.firstToken().record(firstTokenNanos, TimeUnit.NANOSECONDS);
    meters.whole().record(totalNanos, TimeUnit.NANOSECONDS);
  }

  private Answers register(String surface, String outcome, Endpoint endpoint) {
    String model = endpoint.model().slug();
    String provider = endpoint.provider().slug();
    String[] tags = {"model", model, "provider", provider};
    return new Answers(
        registry.counter(
            "signalbox.requests",
            "surface",
            surface,
            "model",
            model,
            "provider",
            provider,
            "outcome",
            outcome),
        tokens(model, provider, "prompt"),
        tokens(model, provider, "completion"),
        tokens(model, provider, "reasoning"),
        tokens(model, provider, "cached"),
        registry.counter("signalbox.charged.usd", tags),
        registry.counter("signalbox.upstream.usd", tags),
        Timer.builder("signalbox.time.to.first.token")
            .tags(tags)
            .serviceLevelObjectives(BUCKETS)
            .register(registry),
        Timer.builder("signalbox.request.duration")
            .tags("surface", surface, "model", model, "provider", provider)
            .serviceLevelObjectives(BUCKETS)
            .register(registry));
  }

  private Counter tokens(String model, String provider, String kind) {
    return registry.counter("signalbox.tokens", "model", model, "provider", provider, "kind", kind);
  }

  /// A request that no endpoint answered.
  ///
  /// @param outcome `client_error` or `error`
  public void refused(String surface, String outcome) {
    counters
        .computeIfAbsent(
            "refused " + surface + ' ' + outcome,
            _ ->
                registry.counter(
                    "signalbox.requests",
                    "surface",
                    surface,
                    "model",
                    "none",
                    "provider",
                    "none",
                    "outcome",
                    outcome))
        .increment();
  }

  /// @param outcome `relayed`, or the kind of failure
  public void attempted(Endpoint endpoint, String outcome) {
    counters
        .computeIfAbsent(
            new Attempted(outcome, endpoint.id()),
            _ ->
                registry.counter(
                    "signalbox.attempts",
                    "model",
                    endpoint.model().slug(),
                    "provider",
                    endpoint.provider().slug(),
                    "outcome",
                    outcome))
        .increment();
  }

  /// An answer that came from another endpoint than the first one tried.
  public void fellBack(Endpoint endpoint) {
    counters
        .computeIfAbsent(
            "fallback " + endpoint.model().slug(),
            _ -> registry.counter("signalbox.fallbacks", "model", endpoint.model().slug()))
        .increment();
  }

  /// An answer whose tokens the gateway counted itself.
  ///
  /// @param reason `missing`; `partial`: the answer broke off before the provider told of all; or
  ///   `absurd`: it sent what cannot be believed
  public void countedOurselves(Endpoint endpoint, String reason) {
    counters
        .computeIfAbsent(
            "counted " + reason + ' ' + endpoint.id().value(),
            _ ->
                registry.counter(
                    "signalbox.usage.counted",
                    "model",
                    endpoint.model().slug(),
                    "provider",
                    endpoint.provider().slug(),
                    "reason",
                    reason))
        .increment();
  }
}
