package dev.signalbox.gateway.stage;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import java.util.OptionalLong;

/// Tells breakers, vitals and metrics how attempts went.
final class Outcomes {
  private Outcomes() {}

  /// An attempt that left nothing to show.
  static void declined(Tools tools, Try attempt, UpstreamFailure failure) {
    EndpointId endpoint = attempt.candidate.endpoint().id();
    if (attempt.candidate.own() && mayBeOfTheCredential(failure)) {
      // An account's credential says nothing of how others fare with theirs.
      attempt.permit.forgiven();
      tools.metrics().attempted(attempt.candidate.endpoint(), failure.key());
      return;
    }
    attempt.permit.failed(failure, attempt.retryAfterSeconds);
    if (failure.blame() == UpstreamFailure.Blame.PROVIDER) {
      tools.vitals().failed(endpoint);
    }
    tools.metrics().attempted(attempt.candidate.endpoint(), failure.key());
  }

  /// A model that a credential may not use is forbidden to it with some providers, and missing with
  /// others.
  private static boolean mayBeOfTheCredential(UpstreamFailure failure) {
    return switch (failure) {
      case RATE_LIMITED, BAD_CREDENTIALS, FORBIDDEN, MODEL_MISSING -> true;
      default -> false;
    };
  }

  /// An answer that came to its end, or that its caller has left.
  static void relayed(Tools tools, Try attempt, Ending ending, long now) {
    EndpointId endpoint = attempt.candidate.endpoint().id();
    long firstToken = attempt.firstTokenNanos - attempt.startNanos;
    attempt.permit.answered();
    long completionTokens = ending.usage().completionTokens();
    tools.vitals().answered(endpoint, firstToken, now - attempt.startNanos, completionTokens);
    if (ending.finishReason().filter("tool_calls"::equals).isPresent()) {
      attempt
          .relay
          .toolCalls()
          .ifPresent(calls -> tools.toolCheck().look(endpoint, attempt.fitted.glance(), calls));
    }
    tools.metrics().attempted(attempt.candidate.endpoint(), "relayed");
  }

  /// Lets the endpoint that answered keep the conversation.
  static void kept(Tools tools, Planned planned, Try attempt, boolean cached) {
    if (planned.isOfPrimaryModel(attempt.candidate)) {
      planned
          .conversation()
          .ifPresent(
              conversation ->
                  tools.pins().answered(conversation, attempt.candidate.endpoint(), cached));
    }
  }

  /// An answer that broke off after the caller had seen part of it.
  static void brokenOff(Tools tools, Try attempt) {
    EndpointId endpoint = attempt.candidate.endpoint().id();
    attempt.permit.failed(UpstreamFailure.SERVER_ERROR, OptionalLong.empty());
    tools.vitals().failed(endpoint);
    tools.metrics().attempted(attempt.candidate.endpoint(), "broken_off");
  }
}
