package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.upstream.HttpAttempt;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// One generation at work: tries the plan's candidates until one answers, relays the answer, and
/// records it before its last bytes go out.
final class Generation implements LongConsumer {
  /*
   * It is a machine of its own, not a chain of operators on the caller's subscription, because it
   * must be able to outlive the caller: an answer that cannot be stopped is paid for whether or not
   * anybody reads it.
   *
   * Calls come from the connection of the attempt, from the caller's, and from the watch. They take
   * turns on the object's monitor, which is hardly ever contended.
   */
  private static final byte[] KEEP_ALIVE =
      ": OPENROUTER PROCESSING\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final long FIRST_KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_STALL_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long RETRY_DELAY_MILLIS = 200;
  private static final long LINGER_MILLIS = 2_000;

  private final Tools tools;
  private final Call call;
  private final RoutingPlan plan;
  private final Hold hold;
  private final Sinks.One<Answer> answer = Sinks.one();
  private final Trail trail = new Trail();
  private final boolean stream;

  private int position;
  private int tried;
  private boolean retried;
  private @Nullable Candidate last;
  private @Nullable UpstreamFailure lastFailure;
  private @Nullable Try current;
  private @Nullable CallerStream caller;
  private long lastWriteNanos;
  private long pausedSinceNanos;
  private boolean callerGone;
  private boolean settling;
  private boolean done;

  Generation(Tools tools, Call call, RoutingPlan plan, Hold hold) {
    this.tools = tools;
    this.call = call;
    this.plan = plan;
    this.hold = hold;
    this.stream = call.glance().stream();
    this.lastWriteNanos = call.startNanos();
  }

  /// Starts the work; the answer comes when its head is known.
  Mono<Answer> start() {
    tools.drain().enter();
    tools.watch().add(this);
    synchronized (this) {
      next();
    }
    return answer.asMono();
  }

  private void next() {
    List<Candidate> candidates = plan.candidates();
    while (!done && position < candidates.size()) {
      Candidate candidate = candidates.get(position++);
      if (canStillWork(candidate) && begin(candidate)) {
        return;
      }
    }
    if (!done && mayRetry()) {
      retried = true;
      tools.watch().after(RETRY_DELAY_MILLIS, this::retry);
    } else if (!done) {
      fail(trail.problem(call.glance().models()));
    }
  }

  /// What has failed for a reason that a candidate shares is not asked of it.
  private boolean canStillWork(Candidate candidate) {
    if (last == null || lastFailure == null) {
      return true;
    }
    boolean sameModel = candidate.endpoint().model().slug().equals(last.endpoint().model().slug());
    if (lastFailure == UpstreamFailure.CONTEXT_TOO_LONG) {
      return candidate.endpoint().contextLength() > last.endpoint().contextLength();
    }
    return !(sameModel && lastFailure.next() == UpstreamFailure.Next.MODEL);
  }

  /// With nowhere else to go, a passing failure is worth one more try.
  private boolean mayRetry() {
    return !retried
        && !callerGone
        && plan.candidates().size() == 1
        && call.glance().preferences().allowFallbacks().orElse(true)
        && lastFailure != null
        && switch (lastFailure) {
          case UNREACHABLE, OVERLOADED, SERVER_ERROR -> true;
          default -> false;
        };
  }

  private synchronized void retry() {
    if (!done && (last == null || !begin(last))) {
      fail(trail.problem(call.glance().models()));
    }
  }

  /// Returns false if the attempt could not even be made.
  private boolean begin(Candidate candidate) {
    Endpoint endpoint = candidate.endpoint();
    Upstream upstream = call.offer().upstreams().get(endpoint.id());
    if (upstream == null || !tools.breakers().permits(endpoint.id())) {
      return false;
    }
    last = candidate;
    tried++;
    var target = new Target(endpoint, upstream.model(), upstream.dialect(), upstream.quirks());
    Translation translation =
        tools.translations().between(call.glance().surface(), upstream.dialect());
    UpstreamRequest request;
    try {
      request = translation.request(call.glance(), target);
    } catch (Problem problem) {
      tools.breakers().forgive(endpoint.id());
      lastFailure = UpstreamFailure.UNTRANSLATABLE;
      var fault =
          new UpstreamFault(
              problem.status(), problem.errorType(), problem.getMessage(), Optional.empty());
      trail.failed(
          new Trail.Failed(candidate, lastFailure, Optional.empty(), fault, OptionalLong.empty()),
          0);
      return false;
    }
    var facts =
        new AnswerFacts(
            call.generationId(),
            call.createdAt().getEpochSecond(),
            endpoint.model().slug(),
            endpoint.provider().name(),
            stream);
    var attempt =
        new Try(
            candidate,
            upstream,
            translation,
            translation.relay(call.glance(), target, facts),
            System.nanoTime());
    current = attempt;
    attempt.http = tools.upstreams().send(upstream, request, new Listener(attempt));
    return true;
  }

  /// Hears one attempt; deaf once another one is under way.
  private final class Listener implements HttpAttempt.Listener {
    private final Try attempt;

    Listener(Try attempt) {
      this.attempt = attempt;
    }

    @Override
    public void head(HttpAttempt http, int status, HttpHeaders headers) {
      synchronized (Generation.this) {
        attempt.status = status;
        attempt.lastPieceNanos = System.nanoTime();
        if (!attempt.isAnswer()) {
          attempt.retryAfterSeconds = RetryAfter.seconds(headers, java.time.Instant.now());
        }
      }
    }

    @Override
    public void piece(HttpAttempt http, ByteBuf piece) {
      synchronized (Generation.this) {
        if (current == attempt) {
          take(attempt, piece);
        } else {
          http.fetch();
        }
      }
    }

    @Override
    public void end(HttpAttempt http, @Nullable Throwable error) {
      synchronized (Generation.this) {
        if (current == attempt) {
          over(attempt, error);
        }
      }
    }
  }

  private void take(Try attempt, ByteBuf piece) {
    attempt.lastPieceNanos = System.nanoTime();
    byte[] bytes = new byte[piece.readableBytes()];
    piece.getBytes(piece.readerIndex(), bytes);
    if (!attempt.isAnswer()) {
      if (attempt.out.length() < Try.MAX_ERROR_BYTES) {
        attempt.out.write(bytes);
        attempt.fetch();
      } else {
        attempt.cancel();
        over(attempt, null);
      }
      return;
    }
    boolean finished = attempt.relay.accept(bytes, 0, bytes.length, attempt.out);
    if (attempt.firstTokenNanos == 0 && attempt.relay.started()) {
      attempt.firstTokenNanos = attempt.lastPieceNanos;
    }
    if (stream && attempt.relay.started()) {
      write(attempt.out.drain());
    }
    if (finished) {
      current = null;
      // The connection is used again if the provider ends its side soon; else it is closed.
      attempt.fetch();
      tools.watch().after(LINGER_MILLIS, attempt::cancel);
      answered(attempt, null);
    } else if (caller != null && caller.isFull() && !callerGone) {
      attempt.paused = true;
      pausedSinceNanos = attempt.lastPieceNanos;
    } else {
      attempt.fetch();
    }
  }

  private void over(Try attempt, @Nullable Throwable error) {
    current = null;
    if (attempt.isAnswer()) {
      answered(attempt, error);
    } else if (attempt.status > 0) {
      UpstreamFault fault = attempt.translation.fault(attempt.status, attempt.out.drain());
      declined(attempt, UpstreamFailure.ofStatus(attempt.status, fault.errorType()), fault);
    } else {
      declined(attempt, kind(error));
    }
  }

  private static UpstreamFailure kind(@Nullable Throwable error) {
    if (error instanceof io.netty.channel.ConnectTimeoutException) {
      return UpstreamFailure.TIMED_OUT;
    }
    return error instanceof ConnectException || error instanceof java.net.UnknownHostException
        ? UpstreamFailure.UNREACHABLE
        : UpstreamFailure.SERVER_ERROR;
  }

  /// A 2xx answer is over, whole or not.
  private void answered(Try attempt, @Nullable Throwable error) {
    Ending ending = attempt.relay.end();
    Optional<UpstreamFault> fault = ending.fault();
    if (fault.isEmpty() && !ending.complete()) {
      fault =
          Optional.of(
              new UpstreamFault(
                  502,
                  "provider_unavailable",
                  error == null
                      ? "The provider's answer ended early"
                      : "The provider's answer broke off",
                  Optional.empty()));
    }
    if (fault.isPresent() && !attempt.relay.started()) {
      UpstreamFault known = fault.get();
      UpstreamFailure failure =
          ending.fault().isPresent() && known.status() != 200
              ? UpstreamFailure.ofStatus(known.status(), known.errorType())
              : UpstreamFailure.MALFORMED;
      declined(attempt, failure, known);
      return;
    }
    settle(attempt, ending, fault, false);
  }

  private void declined(Try attempt, UpstreamFailure failure) {
    declined(
        attempt,
        failure,
        new UpstreamFault(
            failure.status(), failure.errorType(), "Provider returned error", Optional.empty()));
  }

  private void declined(Try attempt, UpstreamFailure failure, UpstreamFault fault) {
    long took = System.nanoTime() - attempt.startNanos;
    Endpoint endpoint = attempt.candidate.endpoint();
    tools.breakers().failed(endpoint.id(), failure, Duration.ofNanos(took));
    if (failure.blame() == UpstreamFailure.Blame.PROVIDER) {
      tools.vitals().failed(endpoint.id());
    }
    attempt.retryAfterSeconds.ifPresent(
        seconds -> tools.breakers().coolDown(endpoint.id(), Duration.ofSeconds(seconds)));
    tools.metrics().attempted(endpoint, failure.key());
    lastFailure = failure;
    Optional<Integer> status = attempt.status > 0 ? Optional.of(attempt.status) : Optional.empty();
    trail.failed(
        new Trail.Failed(attempt.candidate, failure, status, fault, attempt.retryAfterSeconds),
        TimeUnit.NANOSECONDS.toMillis(took));
    next();
  }

  private void settle(
      Try attempt, Ending ending, Optional<UpstreamFault> fault, boolean cancelled) {
    settling = true;
    long now = System.nanoTime();
    Endpoint endpoint = attempt.candidate.endpoint();
    if (attempt.firstTokenNanos == 0) {
      attempt.firstTokenNanos = now;
    }
    long firstToken = attempt.firstTokenNanos - attempt.startNanos;
    if (fault.isEmpty()) {
      tools.breakers().succeeded(endpoint.id(), Duration.ofNanos(firstToken));
      tools
          .vitals()
          .answered(
              endpoint.id(),
              firstToken,
              now - attempt.startNanos,
              ending.usage().completionTokens());
    } else {
      tools
          .breakers()
          .failed(endpoint.id(), UpstreamFailure.SERVER_ERROR, Duration.ofNanos(firstToken));
      tools.vitals().failed(endpoint.id());
    }
    tools.metrics().attempted(endpoint, fault.isEmpty() ? "relayed" : "broken_off");
    trail.relayed(
        attempt.candidate, attempt.status, TimeUnit.NANOSECONDS.toMillis(now - attempt.startNanos));
    if (trail.failures() > 0) {
      tools.metrics().fellBack(endpoint);
    }
    var charging = Charging.of(call, endpoint, ending, fault.isPresent());
    var record =
        Recording.of(call, attempt, ending, charging, fault, cancelled, trail.attempts(), now);
    tools
        .metrics()
        .answered(
            call.glance().surface().key(),
            endpoint,
            cancelled ? "cancelled" : fault.isPresent() ? "error" : "ok",
            ending.usage(),
            charging.charged(),
            charging.upstream().total(),
            attempt.firstTokenNanos - call.startNanos(),
            now - call.startNanos());
    String metadata =
        call.headers().wantsMetadata()
            ? RouterMetadata.json(plan, trail.attempts(), tried, attempt.candidate)
            : null;
    var receipt =
        new Receipt(
            ending.usage(),
            charging.charged(),
            charging.upstream(),
            false,
            ending.serviceTier(),
            Optional.ofNullable(metadata));
    tools
        .ledger()
        .post(hold, record)
        .subscribe(
            null, _ -> unrecorded(attempt, receipt), () -> recorded(attempt, fault, receipt));
  }

  private synchronized void recorded(Try attempt, Optional<UpstreamFault> fault, Receipt receipt) {
    if (fault.isPresent()) {
      attempt.relay.breakOff(fault.get(), receipt, attempt.out);
    } else {
      attempt.relay.close(receipt, attempt.out);
    }
    deliver(attempt.out.drain());
    finish();
  }

  /// What cannot be recorded is not given away: its last bytes are an error.
  private synchronized void unrecorded(Try attempt, Receipt receipt) {
    var fault =
        new UpstreamFault(503, "server", "The answer could not be recorded", Optional.empty());
    if (stream && caller != null) {
      attempt.out.drain();
      attempt.relay.breakOff(fault, receipt, attempt.out);
      deliver(attempt.out.drain());
      finish();
    } else {
      fail(Problem.unavailable(fault.message()));
    }
  }

  private void deliver(byte[] bytes) {
    if (stream) {
      write(bytes);
      if (caller != null) {
        caller.complete();
      }
    } else {
      answer.tryEmitValue(new Answer.Whole(200, bytes, Map.of()));
    }
  }

  private void write(byte[] bytes) {
    if (bytes.length == 0 || callerGone) {
      return;
    }
    if (caller == null) {
      caller = new CallerStream(this::room, this::callerGone);
      answer.tryEmitValue(new Answer.Streamed(caller.events()));
    }
    lastWriteNanos = System.nanoTime();
    caller.write(bytes);
  }

  private synchronized void room() {
    Try attempt = current;
    if (attempt != null && attempt.paused) {
      attempt.paused = false;
      attempt.fetch();
    }
  }

  /// No attempt worked.
  private void fail(Problem problem) {
    if (!settling) {
      tools.ledger().release(hold);
    }
    tools
        .metrics()
        .refused(call.glance().surface().key(), problem.status() < 500 ? "client_error" : "error");
    String metadata =
        call.headers().wantsMetadata() && problem.status() != 500
            ? RouterMetadata.json(plan, trail.attempts(), 0, null)
            : null;
    if (caller != null) {
      write(StreamedProblem.chunk(call, problem, last));
      caller.complete();
    } else {
      answer.tryEmitError(new Refusal(problem, call.generationId(), metadata));
    }
    finish();
  }

  private void finish() {
    if (!done) {
      done = true;
      tools.watch().remove(this);
      tools.drain().leave();
    }
  }

  /// The caller has left: a stream is stopped where the provider lets us, else read to its end; a
  /// plain answer always is.
  synchronized void callerGone() {
    if (done || settling || callerGone) {
      return;
    }
    callerGone = true;
    Try attempt = current;
    if (!stream) {
      return;
    }
    if (attempt == null) {
      tools.ledger().release(hold);
      finish();
      return;
    }
    if (attempt.candidate.endpoint().provider().supportsAbort()) {
      current = null;
      attempt.cancel();
      if (attempt.relay.started()) {
        settle(attempt, attempt.relay.end(), Optional.empty(), true);
      } else {
        tools.breakers().forgive(attempt.candidate.endpoint().id());
        tools.ledger().release(hold);
        finish();
      }
    } else if (attempt.paused) {
      attempt.paused = false;
      attempt.fetch();
    }
  }

  @Override
  public synchronized void accept(long now) {
    if (done || settling) {
      return;
    }
    Try attempt = current;
    if (attempt != null) {
      if (attempt.paused) {
        if (now - pausedSinceNanos > MAX_STALL_NANOS) {
          callerGone();
        }
        return;
      }
      boolean silent = attempt.status == 0 || !attempt.isAnswer() || !attempt.relay.started();
      Duration limit =
          silent ? attempt.upstream.firstByteTimeout() : attempt.upstream.idleTimeout();
      if (now - attempt.lastPieceNanos > limit.toNanos()) {
        current = null;
        attempt.cancel();
        timedOut(attempt);
        return;
      }
    }
    long due = caller == null ? FIRST_KEEP_ALIVE_NANOS : KEEP_ALIVE_NANOS;
    if (stream && !callerGone && now - lastWriteNanos > due) {
      write(KEEP_ALIVE);
    }
  }

  private void timedOut(Try attempt) {
    if (!attempt.relay.started()) {
      declined(attempt, UpstreamFailure.TIMED_OUT);
      return;
    }
    Ending ending = attempt.relay.end();
    Optional<UpstreamFault> fault =
        ending.complete()
            ? Optional.empty()
            : Optional.of(
                new UpstreamFault(
                    504, "timeout", "The provider's answer stalled", Optional.empty()));
    settle(attempt, ending, fault, false);
  }
}
