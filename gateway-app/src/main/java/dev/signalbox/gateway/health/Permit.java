package dev.signalbox.gateway.health;

import dev.signalbox.gateway.upstream.UpstreamFailure;
import java.util.OptionalLong;

/// Leave to make one attempt at an endpoint. It ends once, as the attempt does; what is said after
/// that is not heard.
public final class Permit {
  private final EndpointBreaker breaker;
  final long startNanos;

  /// The breaker's era when the attempt began.
  final int era;

  boolean answering;
  boolean over;

  Permit(EndpointBreaker breaker, long startNanos, int era) {
    this.breaker = breaker;
    this.startNanos = startNanos;
    this.era = era;
  }

  /// The first token is here: what the breaker wants to know of an answer, long before its end.
  public void answering() {
    breaker.answering(this);
  }

  /// The answer came to its end.
  public void answered() {
    breaker.answering(this);
    breaker.over(this);
  }

  /// The attempt failed, before its first token or after it.
  ///
  /// @param retryAfterSeconds what the provider asked for
  public void failed(UpstreamFailure failure, OptionalLong retryAfterSeconds) {
    breaker.failed(this, failure, retryAfterSeconds);
  }

  /// The attempt ended in a way that says nothing of the endpoint.
  public void forgiven() {
    breaker.over(this);
  }
}
