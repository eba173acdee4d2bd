package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.routing.plan.Candidate;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// What a generation's caller is shown: one whole answer, a stream, or a problem. Guarded by its
/// generation.
final class CallerSide {
  private static final long FIRST_KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Call call;
  private final Runnable onRoom;
  private final Runnable onGone;
  private final Sinks.One<Answer> answer = Sinks.one();
  private @Nullable CallerStream stream;
  private long lastWriteNanos;
  private boolean gone;

  /// @param onRoom called when a full stream has room again
  /// @param onGone called when the caller has left a stream
  CallerSide(Call call, Runnable onRoom, Runnable onGone) {
    this.call = call;
    this.onRoom = onRoom;
    this.onGone = onGone;
    this.lastWriteNanos = call.startNanos();
  }

  Mono<Answer> answer() {
    return answer.asMono();
  }

  boolean wantsStream() {
    return call.glance().stream();
  }

  /// Appends to the stream, which the first bytes open.
  void write(byte[] bytes) {
    if (bytes.length == 0 || gone) {
      return;
    }
    if (stream == null) {
      stream = new CallerStream(onRoom, onGone);
      answer.tryEmitValue(new Answer.Streamed(stream.events()));
    }
    lastWriteNanos = System.nanoTime();
    stream.write(bytes);
  }

  /// Gives the last bytes, or all of them.
  void deliver(byte[] bytes) {
    if (wantsStream()) {
      write(bytes);
      if (stream != null) {
        stream.complete();
      }
    } else {
      answer.tryEmitValue(new Answer.Whole(200, bytes, Map.of()));
    }
  }

  /// Tells a problem: as the answer, or inside a stream that has begun.
  ///
  /// @param last the candidate tried last, if any was
  void refuse(Problem problem, @Nullable String metadata, @Nullable Candidate last) {
    if (stream != null) {
      write(event(problem, metadata, last));
      stream.complete();
    } else {
      answer.tryEmitError(new Refusal(problem, call.generationId(), metadata));
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
    long due = stream == null ? FIRST_KEEP_ALIVE_NANOS : KEEP_ALIVE_NANOS;
    if (wantsStream() && !gone && now - lastWriteNanos > due) {
      write(call.glance().surface().skin().keepAlive());
    }
  }

  boolean hasBegun() {
    return stream != null;
  }

  /// Returns whether the caller is slower than the provider, and there.
  boolean isFull() {
    return stream != null && stream.isFull() && !gone;
  }

  void leave() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }
}
