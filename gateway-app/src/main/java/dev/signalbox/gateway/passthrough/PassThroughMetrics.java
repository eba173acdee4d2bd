package dev.signalbox.gateway.passthrough;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;

/// Counts forwarded requests by provider and outcome.
final class PassThroughMetrics {
  private final MeterRegistry registry;

  PassThroughMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /// @param outcome `ok`, `client_error`, `error`, `cancelled`
  void ended(String provider, String outcome, long nanos) {
    registry
        .counter(
            "signalbox.requests",
            "surface",
            PassThrough.SURFACE,
            "model",
            "none",
            "provider",
            provider,
            "outcome",
            outcome)
        .increment();
    registry
        .timer(
            "signalbox.request.duration",
            "surface",
            PassThrough.SURFACE,
            "model",
            "none",
            "provider",
            provider)
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
