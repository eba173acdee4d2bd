package dev.signalbox.gateway.stage;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import reactor.core.publisher.Flux;

/// What the caller gets, known as soon as its head is.
sealed interface Answer {
  /// A whole body at once.
  record Whole(int status, byte[] body, Map<String, String> headers) implements Answer {}

  /// Server-sent events, as they come.
  record Streamed(Flux<ByteBuf> events) implements Answer {}
}
