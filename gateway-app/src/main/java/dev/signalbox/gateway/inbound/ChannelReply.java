package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.stage.Reply;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A reply on the connection itself.
final class ChannelReply implements Reply {
  private static final AsciiString JSON = AsciiString.cached("application/json");
  private static final AsciiString EVENTS = AsciiString.cached("text/event-stream");
  private static final AsciiString UNBUFFERED = AsciiString.cached("X-Accel-Buffering");
  private static final AsciiString NO = AsciiString.cached("no");

  private final ChannelHandlerContext context;
  private final Consumer<ChannelHandlerContext> onAnswered;
  private volatile boolean keepAlive;
  private volatile boolean gone;
  private volatile @Nullable Caller caller;
  private boolean over;

  /// @param onAnswered called on the connection's loop once the last byte is written
  ChannelReply(
      ChannelHandlerContext context,
      boolean keepAlive,
      Consumer<ChannelHandlerContext> onAnswered) {
    this.context = context;
    this.keepAlive = keepAlive;
    this.onAnswered = onAnswered;
  }

  /// The connection is of no use after this answer.
  ChannelReply closing() {
    keepAlive = false;
    return this;
  }

  @Override
  public void attach(Caller caller) {
    this.caller = caller;
    if (gone) {
      caller.gone();
    }
  }

  @Override
  public void whole(int status, Map<String, String> headers, byte[] body) {
    if (over) {
      return;
    }
    over = true;
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
    head(response, JSON, headers)
        .set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    context.writeAndFlush(response).addListener(_ -> finish());
  }

  @Override
  public void begin(Map<String, String> headers) {
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head(response, EVENTS, headers)
        .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE)
        .set(UNBUFFERED, NO);
    context.write(response);
  }

  private HttpHeaders head(
      HttpResponse response, AsciiString contentType, Map<String, String> more) {
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    more.forEach(headers::set);
    return headers;
  }

  @Override
  public void write(byte[] bytes) {
    if (!over) {
      context.writeAndFlush(
          new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)), context.voidPromise());
    }
  }

  @Override
  public boolean isFull() {
    return !context.channel().isWritable();
  }

  @Override
  public void complete() {
    if (!over) {
      over = true;
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(_ -> finish());
    }
  }

  private void finish() {
    caller = null;
    if (keepAlive) {
      onAnswered.accept(context);
    } else {
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  void room() {
    Caller listening = caller;
    if (listening != null) {
      listening.room();
    }
  }

  /// The connection is closed.
  void gone() {
    gone = true;
    Caller listening = caller;
    caller = null;
    if (listening != null) {
      listening.gone();
    }
  }

  @Override
  public EventLoop loop() {
    return context.channel().eventLoop();
  }
}
