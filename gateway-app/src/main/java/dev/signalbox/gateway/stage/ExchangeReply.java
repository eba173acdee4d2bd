package dev.signalbox.gateway.stage;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerResponse;

/// A reply through the framework's response, for requests that came by its way.
final class ExchangeReply implements Reply {
  private static final Caller NOBODY =
      new Caller() {
        @Override
        public void room() {}

        @Override
        public void gone() {}

        @Override
        public boolean wantsStream() {
          return false;
        }
      };

  private final HttpServerResponse response;
  private final Sinks.One<Mono<Void>> answer = Sinks.one();
  private volatile Caller caller = NOBODY;
  private @Nullable CallerStream stream;

  ExchangeReply(HttpServerResponse response) {
    this.response = response;
  }

  /// Writes the answer, once there is one.
  Mono<Void> written() {
    return answer.asMono().flatMap(writing -> writing).doOnCancel(() -> caller.gone());
  }

  @Override
  public void attach(Caller caller) {
    this.caller = caller;
  }

  @Override
  public void whole(int status, Map<String, String> headers, byte[] body) {
    answer.tryEmitValue(
        Mono.defer(
            () -> {
              headers.forEach(response::header);
              return response
                  .status(status)
                  .header(HttpHeaders.CONTENT_TYPE, "application/json")
                  .header(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length))
                  .send(Mono.just(Unpooled.wrappedBuffer(body)))
                  .then();
            }));
  }

  @Override
  public void begin(Map<String, String> headers) {
    var events = new CallerStream(() -> caller.room(), () -> caller.gone());
    stream = events;
    answer.tryEmitValue(
        Mono.defer(
            () -> {
              headers.forEach(response::header);
              if (response.version().equals(HttpVersion.HTTP_1_0)) {
                // Nobody knew chunks then: the end of the connection is the end of the stream.
                response.chunkedTransfer(false).keepAlive(false);
              }
              return response
                  .status(200)
                  .header(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                  .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                  .header("X-Accel-Buffering", "no")
                  .send(events.events(), _ -> true)
                  .then();
            }));
  }

  @Override
  public void write(byte[] bytes) {
    if (stream != null) {
      stream.write(bytes);
    }
  }

  @Override
  public boolean isFull() {
    return stream != null && stream.isFull();
  }

  @Override
  public void complete() {
    if (stream != null) {
      stream.complete();
    }
  }

  @Override
  public @Nullable EventLoop loop() {
    return null;
  }
}
