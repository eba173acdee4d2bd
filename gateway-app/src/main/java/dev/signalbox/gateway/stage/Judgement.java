package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the end of an attempt means.
final class Judgement {
  private Judgement() {}

  /// Names the failure of a connection that brought no answer.
  static UpstreamFailure ofConnection(@Nullable Throwable error) {
    if (error instanceof ConnectTimeoutException) {
      return UpstreamFailure.TIMED_OUT;
    }
    return error instanceof ConnectException || error instanceof UnknownHostException
        ? UpstreamFailure.UNREACHABLE
        : UpstreamFailure.SERVER_ERROR;
  }

  /// Returns what is wrong with an answer that is over, if anything is.
  ///
  /// @param error why its connection broke, or null
  static Optional<UpstreamFault> fault(Ending ending, @Nullable Throwable error) {
    if (ending.fault().isPresent()) {
      return ending.fault();
    }
    if (ending.complete()) {
      return ending.finishReason().filter("error"::equals).map(_ -> failed());
    }
    return Optional.of(
        new UpstreamFault(
            502,
            "provider_unavailable",
            error == null ? "The provider's answer ended early" : "The provider's answer broke off",
            Optional.empty()));
  }

  /// A provider that ends an answer with the word `error` has failed, whatever the status was.
  private static UpstreamFault failed() {
    return new UpstreamFault(
        502, "provider_unavailable", "Provider returned error", Optional.empty());
  }

  /// Returns what is wrong with an answer that fell silent, if anything is.
  static Optional<UpstreamFault> stalled(Ending ending) {
    return ending.complete()
        ? Optional.empty()
        : Optional.of(
            new UpstreamFault(504, "timeout", "The provider's answer stalled", Optional.empty()));
  }

  /// Names the failure of a 2xx answer of which nothing could be shown.
  static UpstreamFailure ofAnswer(Ending ending, UpstreamFault fault) {
    return ending.fault().isPresent() && fault.status() != 200
        ? UpstreamFailure.ofStatus(fault.status(), fault.errorType())
        : UpstreamFailure.MALFORMED;
  }

  /// Words for a failure that the provider had none for.
  static UpstreamFault faultOf(UpstreamFailure failure) {
    return new UpstreamFault(
        failure.status(), failure.errorType(), "Provider returned error", Optional.empty());
  }
}
