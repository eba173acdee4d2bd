package dev.signalbox.gateway.dialect;

import dev.signalbox.pricing.Usage;
import java.util.Optional;

/// What a relay read, all told.
///
/// @param complete the answer came to its end: a finish reason was read
/// @param usage as the provider reports it, else as the relay counts it
/// @param usageReported the provider sent usage
/// @param finishReason normalized: `stop length tool_calls content_filter error`
/// @param nativeFinishReason the provider's own word
/// @param upstreamId the provider's id of the answer
/// @param serviceTier the tier that the provider says it served
/// @param fault an error that came in the body of a 2xx answer, or an answer that cannot be read
public record Ending(
    boolean complete,
    Usage usage,
    boolean usageReported,
    Optional<String> finishReason,
    Optional<String> nativeFinishReason,
    Optional<String> upstreamId,
    Optional<String> serviceTier,
    Optional<UpstreamFault> fault) {
  /// Returns the same with more known of what was consumed.
  public Ending with(Usage usage) {
    return new Ending(
        complete,
        usage,
        usageReported,
        finishReason,
        nativeFinishReason,
        upstreamId,
        serviceTier,
        fault);
  }

  /// Returns the same of an answer that failed.
  public Ending failedBy(UpstreamFault failure) {
    return new Ending(
        false,
        usage,
        usageReported,
        finishReason,
        nativeFinishReason,
        upstreamId,
        serviceTier,
        Optional.of(failure));
  }
}
