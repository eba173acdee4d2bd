package dev.signalbox.gateway.count;

import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.upstream.HttpAttempt;
import dev.signalbox.gateway.upstream.Upstreams;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.Document;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/// One call that asks a provider for a count. Whatever goes wrong is no count.
final class ProvidersCount implements HttpAttempt.Listener {
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  private final MonoSink<Long> sink;
  private final ByteSink body = new ByteSink(256);
  private int status;

  private ProvidersCount(MonoSink<Long> sink) {
    this.sink = sink;
  }

  /// @param viewed whose bytes the request's may be
  static Mono<Long> of(
      Upstreams upstreams, Upstream upstream, UpstreamRequest request, Document viewed) {
    return Mono.<Long>create(
            sink -> {
              HttpAttempt attempt =
                  upstreams.send(upstream, request, viewed, null, new ProvidersCount(sink));
              sink.onCancel(attempt::cancel);
            })
        .timeout(upstream.firstByteTimeout(), Mono.empty());
  }

  @Override
  public void head(HttpAttempt attempt, int status, HttpHeaders headers) {
    this.status = status;
  }

  @Override
  public void piece(HttpAttempt attempt, ByteBuf piece) {
    byte[] bytes = new byte[piece.readableBytes()];
    piece.getBytes(piece.readerIndex(), bytes);
    body.write(bytes);
    if (body.length() <= MAX_ANSWER_BYTES) {
      attempt.fetch();
    } else {
      attempt.cancel();
      sink.success();
    }
  }

  @Override
  public void end(HttpAttempt attempt, @Nullable Throwable error) {
    if (error != null || status != 200) {
      sink.success();
      return;
    }
    Json.tryParse(body.drain())
        .filter(answer -> answer.path("input_tokens").isNumber())
        .ifPresentOrElse(answer -> sink.success(Json.count(answer, "input_tokens")), sink::success);
  }
}
