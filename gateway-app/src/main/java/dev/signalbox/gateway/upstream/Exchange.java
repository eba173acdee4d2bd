package dev.signalbox.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The near end of a connection, or of one stream of it in HTTP/2: sends one request at a time and
/// reads its answer, no faster than the attempt takes it.
final class Exchange extends ChannelInboundHandlerAdapter {
  /*
   * What is read while the attempt asks for nothing waits in `held`, and the channel is read no
   * further: what can wait there is what one read brings, at most 64 KB.
   */
  private final Channel channel;
  private final Owner owner;
  private @Nullable HttpAttempt attempt;
  private @Nullable Queue<HttpContent> held;
  private boolean wanted;
  private boolean delivering;
  private boolean answering;
  private boolean informational;
  private boolean keepAlive;
  private boolean sent;
  private long lingerMillis;

  /// Whom a channel goes back to.
  interface Owner {
    /// @param reusable the answer was read whole, and another request may follow
    void done(Exchange exchange, boolean reusable);

    /// The channel is closed.
    void closed(Exchange exchange);
  }

  Exchange(Channel channel, Owner owner) {
    this.channel = channel;
    this.owner = owner;
  }

  /// Sends an attempt's request, unless it was given up; then the channel is free at once.
  void start(HttpAttempt attempt) {
    FullHttpRequest request = attempt.take(this);
    if (request == null) {
      owner.done(this, true);
      return;
    }
    this.attempt = attempt;
    wanted = true;
    answering = false;
    informational = false;
    sent = false;
    lingerMillis = 0;
    send(request)
        .addListener(
            written -> {
              sent = written.isSuccess();
              if (!sent) {
                fail(written.cause());
              }
            });
  }

  private ChannelFuture send(FullHttpRequest request) {
    ByteBuf body = request.content();
    if (body.readableBytes() <= LongBody.PIECE_BYTES) {
      return channel.writeAndFlush(request);
    }
    if (channel.pipeline().get(ChunkedWriteHandler.class) == null) {
      String before = channel.pipeline().context(this).name();
      channel.pipeline().addBefore(before, null, new ChunkedWriteHandler());
    }
    channel.write(
        new DefaultHttpRequest(
            request.protocolVersion(), request.method(), request.uri(), request.headers()));
    return channel.writeAndFlush(new LongBody(body));
  }

  void fetch() {
    wanted = true;
    if (delivering) {
      return;
    }
    Queue<HttpContent> waiting = held;
    while (wanted && waiting != null && !waiting.isEmpty()) {
      deliver(waiting.poll());
    }
    if (wanted && attempt != null && !channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
  }

  /// Reads on for a moment after an answer that is over, so that the connection can be used again
  /// if the provider ends its side.
  void linger(long millis) {
    lingerMillis = millis;
    fetch();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    HttpAttempt lingering = attempt;
    if (lingerMillis > 0 && lingering != null) {
      context.executor().schedule(lingering::cancel, lingerMillis, TimeUnit.MILLISECONDS);
      lingerMillis = 0;
    }
  }

  /// Leaves an answer unread.
  void abandon() {
    attempt = null;
    channel.close();
  }

  void close() {
    channel.close();
  }

  boolean isOpen() {
    return channel.isActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (attempt == null || !(message instanceof HttpObject object)) {
      // A server that speaks unasked cannot be trusted with a next request.
      ReferenceCountUtil.release(message);
      channel.close();
    } else if (object.decoderResult().isFailure()) {
      ReferenceCountUtil.release(message);
      fail(new IOException("The provider's answer is not HTTP", object.decoderResult().cause()));
    } else {
      if (object instanceof HttpResponse response) {
        head(attempt, response);
      }
      if (object instanceof HttpContent content) {
        content(content);
      }
    }
  }

  private void head(HttpAttempt attempt, HttpResponse response) {
    informational = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (!informational) {
      answering = true;
      keepAlive = HttpUtil.isKeepAlive(response);
      attempt.head(response.status().code(), response.headers());
    }
  }

  private void content(HttpContent content) {
    if (informational) {
      content.release();
    } else if (wanted && (held == null || held.isEmpty())) {
      deliver(content);
    } else {
      hold(content);
    }
  }

  private void hold(HttpContent content) {
    if (held == null) {
      held = new ArrayDeque<>();
    }
    held.add(content);
    channel.config().setAutoRead(false);
  }

  private void deliver(HttpContent content) {
    HttpAttempt taking = attempt;
    delivering = true;
    try {
      ByteBuf piece = content.content();
      if (taking != null && piece.isReadable()) {
        wanted = false;
        taking.piece(piece);
      }
    } finally {
      delivering = false;
      content.release();
    }
    if (content instanceof LastHttpContent && attempt != null) {
      finish(attempt);
    } else if (!wanted && attempt != null) {
      channel.config().setAutoRead(false);
    }
  }

  private void finish(HttpAttempt finished) {
    attempt = null;
    boolean reusable = keepAlive && sent && channel.isActive();
    if (reusable && !channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
    owner.done(this, reusable);
    finished.end(null);
  }

  private void fail(@Nullable Throwable error) {
    HttpAttempt failed = attempt;
    attempt = null;
    channel.close();
    if (failed != null) {
      failed.end(error == null ? new IOException("The connection broke") : error);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Queue<HttpContent> waiting = held;
    if (waiting != null) {
      // What had come before the end is still the attempt's.
      while (attempt != null && !waiting.isEmpty()) {
        deliver(waiting.poll());
      }
      waiting.forEach(HttpContent::release);
      waiting.clear();
    }
    owner.closed(this);
    fail(
        new IOException(
            answering
                ? "The provider closed the connection within its answer"
                : "The provider closed the connection without an answer"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(cause);
  }
}
