package dev.signalbox.gateway.stage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/// The caller's end of a stream: holds what the caller has not taken yet, within a bound.
///
/// One writer at a time; the bound is the writer's to keep, by pausing while [#isFull].
final class CallerStream {
  /// What may wait for a slow caller, in bytes. A stream holds at most this and one piece more.
  private static final int HIGH_WATER_BYTES = 64 * 1024;

  private final Sinks.Many<ByteBuf> sink =
      Sinks.unsafe().many().unicast().onBackpressureBuffer(Queues.<ByteBuf>unbounded(16).get());
  private final AtomicInteger waiting = new AtomicInteger();
  private final Runnable onRoom;
  private final Runnable onGone;

  /// @param onRoom called when a full stream has room again
  /// @param onGone called when the caller has left
  CallerStream(Runnable onRoom, Runnable onGone) {
    this.onRoom = onRoom;
    this.onGone = onGone;
  }

  Flux<ByteBuf> events() {
    return sink.asFlux().map(this::taken).doOnCancel(onGone);
  }

  private ByteBuf taken(ByteBuf event) {
    int size = event.readableBytes();
    int left = waiting.addAndGet(-size);
    if (left < HIGH_WATER_BYTES && left + size >= HIGH_WATER_BYTES) {
      onRoom.run();
    }
    return event;
  }

  void write(byte[] bytes) {
    waiting.addAndGet(bytes.length);
    sink.tryEmitNext(Unpooled.wrappedBuffer(bytes));
  }

  boolean isFull() {
    return waiting.get() >= HIGH_WATER_BYTES;
  }

  void complete() {
    sink.tryEmitComplete();
  }
}
