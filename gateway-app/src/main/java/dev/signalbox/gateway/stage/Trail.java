package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.UsageRecord.AttemptRecord;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.plan.Candidate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The attempts of one generation so far, and the error they add up to when none of them worked.
final class Trail {
  private final List<AttemptRecord> attempts = new ArrayList<>(2);
  private final List<Failed> failures = new ArrayList<>(0);

  /// @param retryAfterSeconds as the provider hinted
  record Failed(
      Candidate candidate,
      UpstreamFailure failure,
      Optional<Integer> status,
      UpstreamFault fault,
      OptionalLong retryAfterSeconds) {}

  /// @param cost what the failed attempt is known to cost
  void failed(Failed failed, long tookMillis, Money cost) {
    failures.add(failed);
    attempts.add(
        record(failed.candidate(), failed.status(), failed.failure().key(), tookMillis, cost));
  }

  void relayed(Candidate candidate, int status, long tookMillis) {
    Optional<Integer> answered = status > 0 ? Optional.of(status) : Optional.empty();
    attempts.add(record(candidate, answered, "relayed", tookMillis, Money.ZERO));
  }

  /// The gateway itself ended it.
  void cut(Candidate candidate, int status, long tookMillis) {
    Optional<Integer> answered = status > 0 ? Optional.of(status) : Optional.empty();
    attempts.add(record(candidate, answered, "interrupted", tookMillis, Money.ZERO));
  }

  private static AttemptRecord record(
      Candidate candidate, Optional<Integer> status, String outcome, long tookMillis, Money cost) {
    var endpoint = candidate.endpoint();
    return new AttemptRecord(
        endpoint.id().value(),
        endpoint.provider().name(),
        endpoint.model().slug(),
        candidate.own(),
        endpoint.serviceTier(),
        status,
        outcome,
        tookMillis,
        cost);
  }

  List<AttemptRecord> attempts() {
    return attempts;
  }

  int failures() {
    return failures.size();
  }

  /// Returns the error for the caller: what all attempts have in common, else the last one's.
  Problem problem(List<String> requestedModels) {
    if (failures.isEmpty()) {
      return Problem.unavailable("Service temporarily unavailable");
    }
    Failed last = failures.getLast();
    Problem problem;
    if (all(UpstreamFailure.RATE_LIMITED)) {
      problem =
          Problem.of(429, "rate_limit_exceeded", "Rate limited by every provider tried")
              .beside("availability", availability("capacity_exhausted", true, requestedModels));
    } else if (all(UpstreamFailure.MODEL_MISSING)) {
      problem =
          Problem.notFound("No provider serves the model at present")
              .beside(
                  "availability",
                  availability("model_unavailable_upstream", false, requestedModels));
    } else if (failures.stream().allMatch(failed -> failed.failure().isTransient())) {
      problem =
          Problem.unavailable("Service temporarily unavailable")
              .beside(
                  "availability", availability("temporarily_unavailable", true, requestedModels));
    } else {
      problem = ofLast(last);
    }
    OptionalLong retryAfter = retryAfter();
    if (retryAfter.isPresent() && (problem.status() == 429 || problem.status() == 503)) {
      problem = problem.header("Retry-After", Long.toString(retryAfter.getAsLong()));
    }
    return problem
        .with("provider_name", last.candidate().endpoint().provider().name())
        .with("previous_errors", failures.stream().map(Trail::summary).toList());
  }

  private boolean all(UpstreamFailure failure) {
    return failures.stream().allMatch(failed -> failed.failure() == failure);
  }

  private static Problem ofLast(Failed last) {
    UpstreamFailure failure = last.failure();
    return switch (failure.blame()) {
      case CALLER -> {
        Problem problem =
            Problem.of(callerStatus(last), callerErrorType(last), last.fault().message());
        yield last.fault().providerCode().isPresent()
            ? problem.with("provider_code", last.fault().providerCode().get())
            : problem;
      }
      // What a provider says of its own trouble, or of our credential, is not for the caller.
      case PROVIDER, NOBODY ->
          Problem.of(failure.status(), failure.errorType(), "Provider returned error");
    };
  }

  private static int callerStatus(Failed last) {
    int status = last.status().orElse(last.failure().status());
    return switch (last.failure()) {
      case REJECTED -> status == 413 || status == 422 ? status : 400;
      default -> last.failure().status();
    };
  }

  private static String callerErrorType(Failed last) {
    return switch (last.failure()) {
      case REJECTED, REFUSED -> last.fault().errorType();
      default -> last.failure().errorType();
    };
  }

  private Map<String, Object> availability(
      String code, boolean retryable, List<String> requestedModels) {
    var availability = new LinkedHashMap<String, Object>();
    availability.put("code", code);
    availability.put("retryable", retryable);
    availability.put("requested_models", requestedModels);
    availability.put("docs_url", "/docs/routing.md");
    retryAfter().ifPresent(seconds -> availability.put("retry_after", seconds));
    availability.put(
        "affected_providers",
        failures.stream()
            .map(failed -> failed.candidate().endpoint().provider().slug())
            .distinct()
            .toList());
    return availability;
  }

  /// The smallest hint, once every provider gave one.
  private OptionalLong retryAfter() {
    if (failures.stream().anyMatch(failed -> failed.retryAfterSeconds().isEmpty())) {
      return OptionalLong.empty();
    }
    return failures.stream().mapToLong(failed -> failed.retryAfterSeconds().getAsLong()).min();
  }

  private static Map<String, Object> summary(Failed failed) {
    var summary = new LinkedHashMap<String, Object>();
    summary.put("provider", failed.candidate().endpoint().provider().name());
    summary.put("code", failed.fault().errorType());
    summary.put("status", failed.status().orElse(null));
    return summary;
  }
}
