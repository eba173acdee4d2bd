package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.dialect.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/// One call to a provider. Tells its listener of the head, each piece of the body, and the end;
/// fetches a next piece only when asked to.
public final class HttpAttempt extends BaseSubscriber<ByteBuf> {
  private static final String JSON = "application/json";

  private final Listener listener;

  /// Hears how an attempt goes. Called on the connection's event loop, one call at a time.
  public interface Listener {
    void head(HttpAttempt attempt, int status, HttpHeaders headers);

    /// @param piece released after the call
    void piece(HttpAttempt attempt, ByteBuf piece);

    /// @param error why the connection failed or broke, or null when the body came to its end
    void end(HttpAttempt attempt, @Nullable Throwable error);
  }

  HttpAttempt(Listener listener) {
    this.listener = listener;
  }

  /// Sends the request.
  ///
  /// @param credentials headers that authenticate it
  void send(HttpClient client, URI uri, UpstreamRequest request, Map<String, String> credentials) {
    client
        .post()
        .uri(uri)
        .send(
            (head, outbound) -> {
              HttpHeaders headers = head.requestHeaders();
              headers.set(HttpHeaderNames.CONTENT_TYPE, JSON);
              headers.set(HttpHeaderNames.CONTENT_LENGTH, request.bodyLength());
              request.headers().forEach(headers::set);
              credentials.forEach(headers::set);
              return outbound.send(Mono.just(body(request)));
            })
        .response(
            (head, body) -> {
              listener.head(this, head.status().code(), head.responseHeaders());
              return body;
            })
        .subscribe(this);
  }

  private static ByteBuf body(UpstreamRequest request) {
    ByteBuffer[] pieces = request.body().toArray(ByteBuffer[]::new);
    return Unpooled.wrappedBuffer(pieces.length, pieces);
  }

  /// Asks for the next piece of the body.
  public void fetch() {
    request(1);
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    request(1);
  }

  @Override
  protected void hookOnNext(ByteBuf piece) {
    listener.piece(this, piece);
  }

  @Override
  protected void hookOnComplete() {
    listener.end(this, null);
  }

  @Override
  protected void hookOnError(Throwable error) {
    listener.end(this, error);
  }
}
