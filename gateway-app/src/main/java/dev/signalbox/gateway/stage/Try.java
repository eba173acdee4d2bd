package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.upstream.HttpAttempt;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.routing.plan.Candidate;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One attempt of a generation, while it runs.
final class Try {
  /// What of an error's body is read.
  static final int MAX_ERROR_BYTES = 64 * 1024;

  final Candidate candidate;
  final Upstream upstream;
  final Translation translation;
  final Relay relay;
  final long startNanos;

  /// What came in while nothing could be shown yet.
  final ByteSink out = new ByteSink(1024);

  @Nullable HttpAttempt http;
  int status;
  OptionalLong retryAfterSeconds = OptionalLong.empty();
  long lastPieceNanos;
  long firstTokenNanos;
  boolean paused;

  Try(
      Candidate candidate,
      Upstream upstream,
      Translation translation,
      Relay relay,
      long startNanos) {
    this.candidate = candidate;
    this.upstream = upstream;
    this.translation = translation;
    this.relay = relay;
    this.startNanos = startNanos;
    this.lastPieceNanos = startNanos;
  }

  boolean isAnswer() {
    return status >= 200 && status < 300;
  }

  void cancel() {
    if (http != null) {
      http.cancel();
    }
  }

  void fetch() {
    if (http != null) {
      http.fetch();
    }
  }
}
