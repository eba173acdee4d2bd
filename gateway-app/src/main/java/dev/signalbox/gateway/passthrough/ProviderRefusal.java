package dev.signalbox.gateway.passthrough;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.passthrough.ProviderAccess.Access;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.upstream.Redaction;
import dev.signalbox.gateway.wire.ByteSink;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientResponse;

/// A provider's error, in the contract's shape. What is wrong with the operator's credential is not
/// the caller's to know, and a redirect is not followed.
final class ProviderRefusal {
  private static final int MAX_BYTES = 64 * 1024;

  private ProviderRefusal() {}

  static Mono<Problem> read(Access to, int status, HttpClientResponse head, Connection connection) {
    String retryAfter = head.responseHeaders().get("retry-after");
    return connection
        .inbound()
        .receive()
        .asByteArray()
        .scanWith(
            () -> new ByteSink(1024),
            (all, piece) -> {
              all.write(piece, 0, Math.min(piece.length, MAX_BYTES - all.length()));
              return all;
            })
        .takeUntil(all -> all.length() >= MAX_BYTES)
        .last()
        .map(all -> problem(to, status, all.drain(), retryAfter));
  }

  private static Problem problem(
      Access to, int status, byte[] body, @org.jspecify.annotations.Nullable String retryAfter) {
    boolean masked =
        status < 400 || status == 401 || status == 402 || status == 403 || status >= 500;
    Problem problem;
    if (masked) {
      problem = Problem.of(502, "provider_unavailable", "Provider returned error");
    } else {
      UpstreamFault fault = Redaction.of(Faults.of(status, body), to.upstream());
      problem = Problem.of(status, fault.errorType(), fault.message());
      if (fault.providerCode().isPresent()) {
        problem = problem.with("provider_code", fault.providerCode().get());
      }
    }
    problem = problem.with("provider_name", to.provider().name());
    return status == 429 && retryAfter != null && retryAfter.matches("\\d{1,6}")
        ? problem.header("Retry-After", retryAfter)
        : problem;
  }
}
