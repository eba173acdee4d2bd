package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.stage.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
  /*
   * A provider's events often come several at once, and each would be a chunk and a system call of
   * its own. What is written in one turn of the event loop is gathered, and goes out as one chunk
   * when the loop has no more to read: nothing waits longer for that than for its turn.
   */
  private static final int SMALLEST_CHUNK = 512;
  private static final int MOST_GATHERED = 64 * 1024;
  private static final AsciiString JSON = AsciiString.cached("application/json");
  private static final AsciiString EVENTS = AsciiString.cached("text/event-stream");
  private static final AsciiString UNBUFFERED = AsciiString.cached("X-Accel-Buffering");
  private static final AsciiString NO = AsciiString.cached("no");

  private final ChannelHandlerContext context;
  private final Consumer<ChannelHandlerContext> onAnswered;
  private volatile boolean keepAlive;
  private volatile boolean gone;
  private volatile boolean halfClosed;
  private volatile @Nullable Caller caller;
  private volatile boolean over;
  private @Nullable ByteBuf gathered;
  private boolean flushing;

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
    } else if (halfClosed && caller.wantsStream()) {
      run(context::close);
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
    run(() -> context.write(response));
  }

  /// Does something on the connection's loop, after what was to be done there before.
  private void run(Runnable task) {
    if (context.executor().inEventLoop()) {
      task.run();
    } else {
      context.executor().execute(task);
    }
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
      run(() -> gather(bytes));
    }
  }

  private void gather(byte[] bytes) {
    ByteBuf already = gathered;
    if (already == null) {
      already = context.alloc().buffer(Math.max(bytes.length, SMALLEST_CHUNK));
      gathered = already;
    }
    already.writeBytes(bytes);
    if (!flushing) {
      flushing = true;
      context.executor().execute(this::flush);
    }
  }

  private void flush() {
    flushing = false;
    ByteBuf waiting = gathered;
    boolean wasFull = waiting != null && waiting.readableBytes() > MOST_GATHERED;
    if (writeGathered()) {
      context.flush();
    }
    if (wasFull && context.channel().isWritable()) {
      room();
    }
  }

  private boolean writeGathered() {
    ByteBuf chunk = gathered;
    if (chunk == null) {
      return false;
    }
    gathered = null;
    context.write(new DefaultHttpContent(chunk));
    return true;
  }

  @Override
  public boolean isFull() {
    ByteBuf waiting = gathered;
    return !context.channel().isWritable()
        || (waiting != null && waiting.readableBytes() > MOST_GATHERED);
  }

  @Override
  public void complete() {
    if (!over) {
      over = true;
      run(
          () -> {
            writeGathered();
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(_ -> finish());
          });
    }
  }

  private void finish() {
    caller = null;
    onAnswered.accept(context);
  }

  boolean isClosing() {
    return !keepAlive;
  }

  void room() {
    Caller listening = caller;
    if (listening != null) {
      listening.room();
    }
  }

  /// The caller sends no more. Most who do that have hung up, which only a stream must know: a
  /// plain answer is paid for anyway, and whoever has closed but one side still reads it.
  void halfClosed() {
    keepAlive = false;
    halfClosed = true;
    Caller listening = caller;
    if (listening != null && listening.wantsStream()) {
      context.close();
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
