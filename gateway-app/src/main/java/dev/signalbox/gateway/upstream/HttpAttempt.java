package dev.signalbox.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// One call to a provider. Tells its listener of the head, each piece of the body, and the end;
/// fetches a next piece only when asked to.
///
/// It lives on one event loop: what is asked of it from elsewhere is done there.
public final class HttpAttempt {
  private @Nullable Listener listener;
  private final EventLoop loop;
  private @Nullable FullHttpRequest request;
  private @Nullable Exchange exchange;

  /// Hears how an attempt goes. Called on the connection's event loop, one call at a time.
  public interface Listener {
    void head(HttpAttempt attempt, int status, HttpHeaders headers);

    /// @param piece released after the call
    void piece(HttpAttempt attempt, ByteBuf piece);

    /// @param error why the connection failed or broke, or null when the body came to its end
    void end(HttpAttempt attempt, @Nullable Throwable error);
  }

  HttpAttempt(Listener listener, EventLoop loop) {
    this.listener = listener;
    this.loop = loop;
  }

  EventLoop loop() {
    return loop;
  }

  /// Returns whether nobody listens any more.
  boolean isGivenUp() {
    return listener == null;
  }

  /// Keeps what is to be sent until there is a connection.
  void prepare(FullHttpRequest request) {
    this.request = request;
  }

  /// Takes out what is to be sent; null if the attempt was given up meanwhile.
  @Nullable FullHttpRequest take(Exchange exchange) {
    FullHttpRequest ready = request;
    request = null;
    if (ready != null) {
      this.exchange = exchange;
    }
    return ready;
  }

  /// Asks for the next piece of the body: there is one on its way from the start.
  public void fetch() {
    if (loop.inEventLoop()) {
      fetchHere();
    } else {
      run(this::fetchHere);
    }
  }

  private void fetchHere() {
    Exchange running = exchange;
    if (running != null) {
      running.fetch();
    }
  }

  /// Gives the call up: its listener hears nothing more.
  public void cancel() {
    if (loop.inEventLoop()) {
      cancelHere();
    } else {
      run(this::cancelHere);
    }
  }

  private void cancelHere() {
    Exchange running = finish();
    if (running != null) {
      running.abandon();
    }
  }

  /// Says that the answer is over, though the provider has not ended its side: it may do so within
  /// a moment, and is left then.
  public void linger(long millis) {
    if (loop.inEventLoop()) {
      if (exchange != null) {
        exchange.linger(millis);
      }
    } else {
      run(() -> linger(millis));
    }
  }

  private void run(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException stopped) {
      // The loops are gone, and their connections with them.
      listener = null;
    }
  }

  void head(int status, HttpHeaders headers) {
    if (listener != null) {
      listener.head(this, status, headers);
    }
  }

  void piece(ByteBuf piece) {
    if (listener != null) {
      listener.piece(this, piece);
    }
  }

  void end(@Nullable Throwable error) {
    Listener hearing = listener;
    if (hearing != null) {
      finish();
      hearing.end(this, error);
    }
  }

  private @Nullable Exchange finish() {
    listener = null;
    FullHttpRequest unsent = request;
    request = null;
    if (unsent != null) {
      unsent.release();
    }
    Exchange running = exchange;
    exchange = null;
    return running;
  }
}
