package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.health.Permit;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.plugin.ContextCompression;
import dev.signalbox.gateway.plugin.HealingRelay;
import dev.signalbox.gateway.upstream.HttpAttempt;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.routing.plan.Candidate;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One attempt of a generation, while it runs.
final class Try {
  /// What of an error's body is read.
  static final int MAX_ERROR_BYTES = 64 * 1024;

  /// What a token is at least, while an answer runs.
  private static final int BYTES_PER_TOKEN = 3;

  final Candidate candidate;
  final Permit permit;
  final Upstream upstream;
  final Translation translation;
  final Relay relay;
  private final UpstreamRequest request;

  /// What was really asked, the prompt shortened where it had to be.
  final ContextCompression.Fitted fitted;

  final long startNanos;

  /// What came in while nothing could be shown yet.
  final ByteSink out = new ByteSink(1024);

  @Nullable Allowance allowance;
  @Nullable HttpAttempt http;
  int status;
  OptionalLong retryAfterSeconds = OptionalLong.empty();
  long lastPieceNanos;
  long firstTokenNanos;
  boolean paused;

  private Try(
      Candidate candidate,
      Permit permit,
      Upstream upstream,
      Translation translation,
      Relay relay,
      UpstreamRequest request,
      ContextCompression.Fitted fitted) {
    this.candidate = candidate;
    this.permit = permit;
    this.upstream = upstream;
    this.translation = translation;
    this.relay = relay;
    this.request = request;
    this.fitted = fitted;
    this.startNanos = System.nanoTime();
    this.lastPieceNanos = startNanos;
  }

  /// Says a call in an endpoint's dialect.
  ///
  /// @throws dev.signalbox.gateway.problem.Problem if that cannot be done
  static Try prepare(
      Translations translations, Call call, Candidate candidate, Permit permit, Upstream upstream) {
    Endpoint endpoint = candidate.endpoint();
    var target = new Target(endpoint, upstream.model(), upstream.dialect(), upstream.quirks());
    Surface surface = call.glance().surface();
    Translation translation = translations.between(surface, upstream.dialect());
    ContextCompression.Fitted fitted =
        ContextCompression.fitted(
            call.glance(),
            call.plugins(),
            endpoint,
            upstream.dialect(),
            translations.caller(surface));
    Glance glance = TierAsked.at(endpoint, fitted.glance(), translations.caller(surface));
    UpstreamRequest request = translation.request(glance, target);
    var facts =
        new AnswerFacts(
            call.generationId(),
            call.createdAt().getEpochSecond(),
            endpoint.model().slug(),
            endpoint.provider().name(),
            glance.stream());
    return new Try(
        candidate,
        permit,
        upstream,
        translation,
        HealingRelay.around(translation.relay(glance, target, facts), glance, call.plugins()),
        request,
        fitted);
  }

  UpstreamRequest request() {
    return request;
  }

  /// Returns how long the provider may be silent from its last piece on.
  Duration patience() {
    boolean silent = !isAnswer() || !relay.started();
    return silent ? upstream.firstByteTimeout() : upstream.idleTimeout();
  }

  /// Returns whether there is credit for more of the answer.
  boolean mayGrow() {
    Transcript words = relay.transcript().orElse(null);
    return allowance == null
        || words == null
        || !relay.started()
        || allowance.covers((words.visible().bytes() + words.thoughts().bytes()) / BYTES_PER_TOKEN);
  }

  /// Notes how much of the answer has come.
  void noteProgress(Hold hold) {
    Transcript words = relay.transcript().orElse(null);
    if (words != null) {
      hold.progressed(words.visible().bytes(), words.thoughts().bytes());
    }
  }

  boolean isAnswer() {
    return status >= 200 && status < 300;
  }

  void cancel() {
    if (http != null) {
      http.cancel();
    }
  }

  void linger(long millis) {
    if (http != null) {
      http.linger(millis);
    }
  }

  void fetch() {
    if (http != null) {
      http.fetch();
    }
  }
}
