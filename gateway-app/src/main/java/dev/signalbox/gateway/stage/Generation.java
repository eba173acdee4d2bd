package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.billing.limit.Ticket;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.health.Permit;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.upstream.HttpAttempt;
import dev.signalbox.gateway.upstream.Redaction;
import dev.signalbox.gateway.upstream.UpstreamFailure;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.plan.Candidate;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// One generation at work: tries the plan's candidates until one answers, relays the answer, and
/// records it before its last bytes go out.
final class Generation implements Watch.Watched, Reply.Caller {
  /*
   * It is a machine of its own, not a chain of operators on the caller's subscription, because it
   * must be able to outlive the caller: an answer that cannot be stopped is paid for whether or not
   * anybody reads it.
   *
   * Calls come from the connection of the attempt, from the caller's, and from the watch. They take
   * turns on the object's monitor, which is hardly ever contended.
   *
   * Who is tried next is the Succession's to say, what an end means the Judgement's, what it costs
   * the Settlement's; the caller is the CallerSide.
   */
  private static final long MAX_STALL_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long RETRY_DELAY_MILLIS = 200;
  private static final long LINGER_MILLIS = 2_000;
  private static final String SHUTTING_DOWN = "This replica is shutting down";

  private final Tools tools;
  private final Call call;
  private final Planned planned;
  private final Hold hold;
  private final Ticket ticket;
  private final Succession succession;
  private final CallerSide caller;
  private final Trail trail = new Trail();

  private @Nullable Try current;
  private long pausedSinceNanos;
  private boolean settling;
  private boolean done;

  Generation(Tools tools, Call call, Planned planned, Hold hold, Ticket ticket, Reply reply) {
    this.tools = tools;
    this.call = call;
    this.planned = planned;
    this.hold = hold;
    this.ticket = ticket;
    this.succession = new Succession(planned.plan().candidates(), planned.allowsFallbacks());
    this.caller = new CallerSide(call, reply);
  }

  /// Returns who was asked last: whose answer it is, when there is one.
  synchronized @Nullable Candidate served() {
    return succession.last();
  }

  /// Starts the work.
  void start() {
    tools.drain().enter();
    tools.watch().add(this);
    caller.attach(this);
    synchronized (this) {
      next();
    }
  }

  private void next() {
    if (done) {
      return;
    }
    for (Candidate candidate = succession.next();
        candidate != null;
        candidate = succession.next()) {
      if (begin(candidate)) {
        return;
      }
    }
    Candidate again = caller.isGone() ? null : succession.again();
    if (again != null) {
      tools.watch().after(RETRY_DELAY_MILLIS, () -> retry(again));
    } else {
      fail(trail.problem(call.glance().models()));
    }
  }

  private synchronized void retry(Candidate candidate) {
    if (!done && !settling && !begin(candidate)) {
      fail(trail.problem(call.glance().models()));
    }
  }

  /// Returns false if the attempt could not even be made.
  private boolean begin(Candidate candidate) {
    EndpointId id = candidate.endpoint().id();
    Upstream upstream = upstream(candidate);
    if (upstream == null) {
      return false;
    }
    Permit permit = succession.insists() ? tools.breakers().insist(id) : tools.breakers().ask(id);
    if (permit == null) {
      succession.turnedAway(candidate);
      return false;
    }
    succession.tries(candidate);
    Try attempt;
    try {
      attempt = Try.prepare(tools.translations(), call, candidate, permit, upstream);
    } catch (Problem problem) {
      permit.forgiven();
      untranslatable(candidate, problem);
      return false;
    }
    attempt.allowance = new Allowance(call, candidate, hold);
    if (caller.wantsStream() && call.glance().echoUpstreamBody()) {
      caller.foretell(UpstreamEcho.of(call, candidate, attempt.request()));
    }
    current = attempt;
    hold.dispatched(
        Recording.flight(call, candidate, trail.failures() + 1, Recording.cost(trail.attempts())));
    attempt.http =
        tools
            .upstreams()
            .send(
                upstream,
                attempt.request(),
                call.glance().body(),
                caller.loop(),
                new Listener(attempt));
    return true;
  }

  /// With the account's own credential, an endpoint can be reached whose provider the operator has
  /// none for.
  private @Nullable Upstream upstream(Candidate candidate) {
    EndpointId id = candidate.endpoint().id();
    Upstream upstream = call.offer().upstreams().get(id);
    if (!candidate.own()) {
      return upstream;
    }
    Upstream reached = upstream == null ? call.offer().dormant().get(id) : upstream;
    String secret = tools.ownKeys().secret(candidate.credential());
    return reached == null || secret == null ? null : reached.with(secret);
  }

  private void untranslatable(Candidate candidate, Problem problem) {
    succession.failed(UpstreamFailure.UNTRANSLATABLE);
    var fault =
        new UpstreamFault(
            problem.status(), problem.errorType(), problem.getMessage(), Optional.empty());
    trail.failed(
        new Trail.Failed(
            candidate,
            UpstreamFailure.UNTRANSLATABLE,
            Optional.empty(),
            fault,
            OptionalLong.empty()),
        0,
        Money.ZERO);
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
          attempt.retryAfterSeconds = RetryAfter.seconds(headers, Instant.now());
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
    if (attempt.isAnswer()) {
      takeAnswer(attempt, bytes);
    } else if (attempt.out.length() < Try.MAX_ERROR_BYTES) {
      attempt.out.write(bytes);
      attempt.fetch();
    } else {
      attempt.cancel();
      over(attempt, null);
    }
  }

  private void takeAnswer(Try attempt, byte[] bytes) {
    boolean finished = attempt.relay.accept(bytes, 0, bytes.length, attempt.out);
    if (attempt.firstTokenNanos == 0 && attempt.relay.started()) {
      attempt.firstTokenNanos = attempt.lastPieceNanos;
      attempt.permit.answering();
    }
    if (caller.wantsStream() && attempt.relay.started()) {
      attempt.noteProgress(hold);
      caller.write(attempt.out.drain());
    }
    if (finished) {
      current = null;
      // The connection is used again if the provider ends its side soon; else it is closed.
      attempt.linger(LINGER_MILLIS);
      answered(attempt, null);
    } else if (caller.wantsStream() && !attempt.mayGrow() && attempt.relay.cutShort()) {
      cutShort(attempt);
    } else if (caller.isFull()) {
      attempt.paused = true;
      pausedSinceNanos = attempt.lastPieceNanos;
    } else {
      attempt.fetch();
    }
  }

  /// The credit is used up: what came is paid for, and no more is taken.
  private void cutShort(Try attempt) {
    current = null;
    attempt.cancel();
    settle(attempt, attempt.relay.end(), Optional.empty(), false);
  }

  private void over(Try attempt, @Nullable Throwable error) {
    current = null;
    if (attempt.isAnswer()) {
      answered(attempt, error);
    } else if (attempt.status > 0) {
      UpstreamFault fault =
          Redaction.of(
              attempt.translation.fault(attempt.status, attempt.out.drain()), attempt.upstream);
      UpstreamFailure failure = UpstreamFailure.ofStatus(fault.status(), fault.errorType());
      declined(attempt, failure, fault, Money.ZERO);
    } else {
      UpstreamFailure failure = Judgement.ofConnection(error);
      declined(attempt, failure, Judgement.faultOf(failure), Money.ZERO);
    }
  }

  /// A 2xx answer is over, whole or not.
  private void answered(Try attempt, @Nullable Throwable error) {
    Ending ending = attempt.relay.end();
    Optional<UpstreamFault> fault =
        Judgement.fault(ending, error).map(said -> Redaction.of(said, attempt.upstream));
    boolean worthNothing =
        !attempt.relay.started() && !(succession.isLast() && attempt.relay.isPartial());
    if (fault.isPresent() && worthNothing) {
      declined(
          attempt,
          Judgement.ofAnswer(ending, fault.get()),
          fault.get(),
          Charging.ofFailed(call, attempt.candidate.endpoint(), ending));
    } else {
      settle(attempt, ending, fault, false);
    }
  }

  /// @param cost what the attempt is known to cost
  private void declined(Try attempt, UpstreamFailure failure, UpstreamFault fault, Money cost) {
    long took = System.nanoTime() - attempt.startNanos;
    Outcomes.declined(tools, attempt, failure);
    succession.failed(failure);
    Optional<Integer> status = attempt.status > 0 ? Optional.of(attempt.status) : Optional.empty();
    trail.failed(
        new Trail.Failed(attempt.candidate, failure, status, fault, attempt.retryAfterSeconds),
        TimeUnit.NANOSECONDS.toMillis(took),
        cost);
    next();
  }

  private void settle(
      Try attempt, Ending ending, Optional<UpstreamFault> fault, boolean cancelled) {
    settling = true;
    long now = System.nanoTime();
    if (attempt.firstTokenNanos == 0) {
      attempt.firstTokenNanos = now;
    }
    Consumption.of(
        tools, call, attempt, ending, counted -> reach(attempt, counted, fault, cancelled, now));
  }

  /// What the answer costs beyond what is held is drawn first.
  private void reach(
      Try attempt, Ending ending, Optional<UpstreamFault> fault, boolean cancelled, long now) {
    Charging.Due due = Charging.due(call, attempt.candidate, ending, fault.isPresent());
    Runnable settle = () -> settle(attempt, due, fault, cancelled, now);
    if (hold.amount().covers(due.dues())) {
      settle.run();
    } else {
      tools.ledger().reach(hold, due.dues()).subscribe(null, _ -> settle.run(), settle);
    }
  }

  private synchronized void settle(
      Try attempt, Charging.Due due, Optional<UpstreamFault> fault, boolean cancelled, long now) {
    Ending ending = due.ending();
    if (cancelled && !attempt.relay.started()) {
      attempt.permit.forgiven();
    } else if (fault.isEmpty()) {
      Outcomes.relayed(tools, attempt, ending, now);
      Outcomes.kept(tools, planned, attempt, ending.usage().touchedCache());
    } else {
      Outcomes.brokenOff(tools, attempt);
    }
    trail.relayed(
        attempt.candidate, attempt.status, TimeUnit.NANOSECONDS.toMillis(now - attempt.startNanos));
    if (trail.failures() > 0) {
      tools.metrics().fellBack(attempt.candidate.endpoint());
    }
    var settlement =
        Settlement.of(
            call, hold, planned, attempt, due, fault, cancelled, trail, succession.tried(), now);
    String outcome = cancelled ? "cancelled" : fault.isPresent() ? "error" : "ok";
    settlement.count(tools.metrics(), call, attempt, outcome, now);
    Receipt receipt = settlement.receipt();
    ticket.settle(receipt.usage().totalTokens());
    tools
        .ledger()
        .post(hold, settlement.record())
        .subscribe(
            null,
            _ -> caller.run(() -> unrecorded(attempt, receipt)),
            () -> caller.run(() -> recorded(attempt, fault, receipt)));
  }

  private synchronized void recorded(Try attempt, Optional<UpstreamFault> fault, Receipt receipt) {
    try {
      if (fault.isPresent()) {
        attempt.relay.breakOff(fault.get(), receipt, attempt.out);
      } else {
        attempt.relay.close(receipt, attempt.out);
      }
    } catch (RuntimeException bug) {
      // A caller who is told nothing waits for ever.
      fail(Problems.of(bug));
      return;
    }
    caller.deliver(attempt.out.drain());
    finish();
  }

  /// What cannot be recorded is not given away: its last bytes are an error.
  private synchronized void unrecorded(Try attempt, Receipt receipt) {
    var fault =
        new UpstreamFault(503, "server", "The answer could not be recorded", Optional.empty());
    if (caller.wantsStream() && caller.hasBegun()) {
      attempt.out.drain();
      attempt.relay.breakOff(fault, receipt, attempt.out);
      caller.deliver(attempt.out.drain());
      finish();
    } else {
      fail(Problem.unavailable(fault.message()));
    }
  }

  /// No attempt worked.
  private void fail(Problem problem) {
    if (settling) {
      refuse(problem);
      return;
    }
    settling = true;
    ticket.settle(0);
    Runnable refuse = () -> caller.run(() -> refuse(problem));
    giveUp().subscribe(null, _ -> refuse.run(), refuse);
  }

  private synchronized void refuse(Problem problem) {
    tools
        .metrics()
        .refused(call.glance().surface().key(), problem.status() < 500 ? "client_error" : "error");
    String metadata =
        RouterMetadata.isToldWith(problem, call)
            ? RouterMetadata.json(call, planned, trail.attempts(), 0, null)
            : null;
    caller.refuse(problem, metadata, succession.last());
    finish();
  }

  private void finish() {
    if (!done) {
      done = true;
      tools.watch().remove(this);
      tools.drain().leave();
      call.glance().body().letGo();
    }
  }

  @Override
  public synchronized void room() {
    Try attempt = current;
    if (attempt != null) {
      resume(attempt);
    }
  }

  private static void resume(Try attempt) {
    if (attempt.paused) {
      attempt.paused = false;
      attempt.fetch();
    }
  }

  /// The caller has left: a stream is stopped where the provider lets us, else read to its end; a
  /// plain answer always is.
  @Override
  public synchronized void gone() {
    if (done || settling || caller.isGone()) {
      return;
    }
    caller.leave();
    Try attempt = current;
    if (!caller.wantsStream()) {
      return;
    }
    if (attempt == null) {
      abandon();
    } else if (attempt.candidate.endpoint().provider().supportsAbort()) {
      stop(attempt);
    } else {
      resume(attempt);
    }
  }

  @Override
  public boolean wantsStream() {
    return caller.wantsStream();
  }

  private void stop(Try attempt) {
    current = null;
    attempt.cancel();
    settle(attempt, attempt.relay.end(), Optional.empty(), true);
  }

  /// Nothing is charged; who was tried is recorded, and what that is known to have cost.
  private Mono<Void> giveUp() {
    Candidate last = succession.last();
    if (last == null) {
      tools.ledger().release(hold);
      return Mono.empty();
    }
    return tools.ledger().post(hold, Recording.failed(call, last, trail.attempts()));
  }

  private void abandon() {
    giveUp().subscribe(_ -> {}, _ -> {});
    ticket.settle(0);
    finish();
  }

  /// Looks at the time: ends what is silent too long, and keeps the caller's connection alive.
  @Override
  public synchronized void look(long now) {
    if (done || settling) {
      return;
    }
    Try attempt = current;
    if (attempt != null && attempt.paused) {
      if (now - pausedSinceNanos > MAX_STALL_NANOS) {
        gone();
      }
    } else if (attempt != null && now - attempt.lastPieceNanos > attempt.patience().toNanos()) {
      timedOut(attempt);
    } else {
      caller.keepAlive(now);
    }
  }

  /// What the gateway itself cuts off is free; its caller is told.
  @Override
  public synchronized void cut() {
    if (done || settling) {
      return;
    }
    Try attempt = current;
    current = null;
    if (attempt != null) {
      attempt.cancel();
      // It says nothing of the provider.
      attempt.permit.forgiven();
    }
    if (attempt != null && caller.wantsStream() && attempt.relay.started()) {
      var fault = new UpstreamFault(503, "server", SHUTTING_DOWN, Optional.empty());
      settle(attempt, attempt.relay.end(), Optional.of(fault), false);
    } else {
      if (attempt != null) {
        long took = System.nanoTime() - attempt.startNanos;
        trail.cut(attempt.candidate, attempt.status, TimeUnit.NANOSECONDS.toMillis(took));
      }
      fail(Problem.unavailable(SHUTTING_DOWN).header("Retry-After", "1"));
    }
  }

  private void timedOut(Try attempt) {
    current = null;
    attempt.cancel();
    if (attempt.relay.started()) {
      Ending ending = attempt.relay.end();
      settle(attempt, ending, Judgement.stalled(ending), false);
    } else {
      UpstreamFault fault = Judgement.faultOf(UpstreamFailure.TIMED_OUT);
      declined(attempt, UpstreamFailure.TIMED_OUT, fault, Money.ZERO);
    }
  }
}
