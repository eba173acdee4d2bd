package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.routing.plan.Candidate;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a generation's caller is shown: one whole answer, a stream, or a problem. Guarded by its
/// generation.
final class CallerSide {
  private static final long FIRST_KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Call call;
  private final Reply reply;
  private final ByteSink foretold = new ByteSink(0);
  private boolean begun;
  private long lastWriteNanos;
  private boolean gone;

  CallerSide(Call call, Reply reply) {
    this.call = call;
    this.reply = reply;
    this.lastWriteNanos = call.startNanos();
  }

  void attach(Reply.Caller caller) {
    reply.attach(caller);
  }

  @Nullable EventLoop loop() {
    return reply.loop();
  }

  /// Does something on the thread of the caller's connection, where that is known.
  void run(Runnable task) {
    EventLoop loop = reply.loop();
    if (loop == null || loop.inEventLoop() || loop.isShuttingDown()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private Map<String, String> headers() {
    return Map.of("X-Generation-Id", call.generationId());
  }

  boolean wantsStream() {
    return call.glance().stream();
  }

  /// Keeps what shall go before the stream's next bytes, without opening it.
  void foretell(byte[] bytes) {
    foretold.write(bytes);
  }

  /// Appends to the stream, which the first bytes open.
  void write(byte[] bytes) {
    if (bytes.length == 0 || gone) {
      return;
    }
    if (!begun) {
      begun = true;
      reply.begin(headers());
    }
    lastWriteNanos = System.nanoTime();
    if (!foretold.isEmpty()) {
      reply.write(foretold.drain());
    }
    reply.write(bytes);
  }

  /// Gives the last bytes, or all of them.
  void deliver(byte[] bytes) {
    if (wantsStream()) {
      write(bytes);
      reply.complete();
    } else {
      reply.whole(200, headers(), bytes);
    }
  }

  /// Tells a problem: as the answer, or inside a stream that has begun.
  ///
  /// @param last the candidate tried last, if any was
  void refuse(Problem problem, @Nullable String metadata, @Nullable Candidate last) {
    if (begun) {
      byte[] answer = RefusedCall.answer(problem, call);
      write(answer == null ? event(problem, metadata, last) : answer);
      reply.complete();
    } else {
      new RefusedCall(problem, call, metadata).tell(reply);
    }
  }

  private byte[] event(Problem problem, @Nullable String metadata, @Nullable Candidate last) {
    return ProblemBody.event(
        call.glance().surface().skin(),
        problem,
        call.generationId(),
        call.createdAt().getEpochSecond(),
        last == null ? "" : last.endpoint().model().slug(),
        last == null ? "" : last.endpoint().provider().name(),
        metadata);
  }

  /// Writes what keeps the stream open if the caller has waited long.
  void keepAlive(long now) {
    long due = !begun ? FIRST_KEEP_ALIVE_NANOS : KEEP_ALIVE_NANOS;
    if (wantsStream() && !gone && now - lastWriteNanos > due) {
      write(call.glance().surface().skin().keepAlive());
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /// Returns whether the caller is slower than the provider, and there.
  boolean isFull() {
    return begun && !gone && reply.isFull();
  }

  void leave() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }
}
