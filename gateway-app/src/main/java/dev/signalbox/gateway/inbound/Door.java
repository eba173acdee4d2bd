package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.stage.Line;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.support.Netty4HeadersAdapter;

/// One connection's requests, before the framework: those of a surface are answered from here, the
/// others are passed on.
///
/// One request at a time: what comes after it on the same connection waits.
final class Door extends ChannelDuplexHandler {
  private static final int MAX_HEADERS = 100;
  private static final int LINGER_SECONDS = 5;

  private final Doors doors;
  private final Deadlines deadlines;
  private final Queue<Object> waiting = new ArrayDeque<>(0);

  private Inbound inbound = Inbound.HEAD;
  private @Nullable Taking taking;
  private @Nullable ChannelReply reply;
  private boolean passing;

  /// The caller has closed his side.
  private boolean halfClosed;

  /// The answer is out, and nothing but the rest of its request is waited for.
  private boolean leaving;

  /// Whose the next content is.
  private enum Inbound {
    /// Nobody's: a request's head must come first.
    HEAD,
    OURS,
    NOBODYS,
    THE_FRAMEWORKS
  }

  /// A request of ours whose body is coming in.
  private record Taking(
      Line line, HttpHeaders headers, ChannelReply reply, Body body, long startNanos) {}

  Door(Doors doors) {
    this.doors = doors;
    this.deadlines = new Deadlines(this, doors.limits());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    deadlines.start(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    deadlines.read(message);
    boolean next = message instanceof HttpRequest && (reply != null || passing);
    if (next || !waiting.isEmpty()) {
      waiting.add(message);
      context.channel().config().setAutoRead(false);
    } else {
      take(context, message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    deadlines.readComplete(inbound == Inbound.HEAD);
    context.fireChannelReadComplete();
  }

  private void take(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      head(context, request);
    } else if (message instanceof HttpContent content) {
      content(context, content);
    } else {
      context.fireChannelRead(message);
    }
  }

  private void head(ChannelHandlerContext context, HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      refuseAndClose(context, ofUnreadable(request.decoderResult()));
      ReferenceCountUtil.release(request);
      return;
    }
    if (!namesItsHost(request)) {
      refuseAndClose(context, Problem.of(400, "invalid_request", "The request names no one host"));
      ReferenceCountUtil.release(request);
      return;
    }
    Line line = isPlain(request) ? doors.line(request.uri()) : null;
    if (line == null) {
      Problem objection = objection(request);
      if (objection != null) {
        refuseAndClose(context, objection);
        ReferenceCountUtil.release(request);
        return;
      }
      passing = true;
      inbound = Inbound.THE_FRAMEWORKS;
      content(context, request);
      return;
    }
    open(context, request, line);
  }

  /// Whether there is one `Host`, as HTTP/1.1 demands: of two, a proxy before us may have judged
  /// the other.
  private static boolean namesItsHost(HttpRequest request) {
    var hosts = request.headers().valueStringIterator(HttpHeaderNames.HOST);
    if (!hosts.hasNext()) {
      return !request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    }
    hosts.next();
    return !hosts.hasNext();
  }

  /// What the framework would take, or refuse without a word.
  private static @Nullable Problem objection(HttpRequest request) {
    if (request.headers().size() > MAX_HEADERS) {
      return tooManyFields();
    }
    if (request.protocolVersion().majorVersion() != 1) {
      return Problem.of(400, "invalid_request", "The request is not HTTP/1");
    }
    try {
      new URI(request.uri());
      return null;
    } catch (URISyntaxException _) {
      return Problem.of(400, "invalid_request", "The URI is malformed");
    }
  }

  /// A request with nothing about it that the framework would have to see to.
  private static boolean isPlain(HttpRequest request) {
    return request.method().equals(HttpMethod.POST)
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && !request.headers().contains(HttpHeaderNames.EXPECT)
        && !request.headers().contains(HttpHeaderNames.UPGRADE)
        && !request.headers().contains(HttpHeaderNames.ORIGIN);
  }

  private void open(ChannelHandlerContext context, HttpRequest request, Line line) {
    readOn(context);
    var opened = new ChannelReply(context, HttpUtil.isKeepAlive(request), this::answered);
    reply = opened;
    var headers = new HttpHeaders(new Netty4HeadersAdapter(request.headers()));
    long length = HttpUtil.getContentLength(request, -1L);
    try {
      if (request.headers().size() > MAX_HEADERS) {
        throw tooManyFields();
      }
      line.admit(headers, length);
      taking =
          new Taking(
              line,
              headers,
              opened,
              new Body(length, line.maxBodyBytes(), doors.arrays()),
              System.nanoTime());
      inbound = Inbound.OURS;
    } catch (Problem problem) {
      inbound = Inbound.NOBODYS;
      line.refuse(problem, opened);
    }
    if (request instanceof HttpContent content) {
      content(context, content);
    }
  }

  private void content(ChannelHandlerContext context, Object message) {
    boolean last = message instanceof LastHttpContent;
    Inbound whose = inbound;
    if (last) {
      inbound = Inbound.HEAD;
    }
    switch (whose) {
      case THE_FRAMEWORKS -> context.fireChannelRead(message);
      case OURS -> body((HttpContent) message, last);
      case HEAD, NOBODYS -> ReferenceCountUtil.release(message);
    }
    if (last && leaving) {
      context.close();
    }
  }

  private void body(HttpContent content, boolean last) {
    Taking request = taking;
    try {
      if (request == null) {
        return;
      }
      if (content.decoderResult().isFailure()) {
        giveUp();
        inbound = Inbound.NOBODYS;
        request.line().refuse(ofUnreadable(content.decoderResult()), request.reply().closing());
      } else if (!request.body().add(content.content())) {
        giveUp();
        inbound = last ? Inbound.HEAD : Inbound.NOBODYS;
        request.line().refuse(Problems.tooLarge(), request.reply());
      } else if (last) {
        taking = null;
        request
            .line()
            .serve(
                request.headers(),
                request.body().document(),
                request.startNanos(),
                request.reply());
      }
    } finally {
      content.release();
    }
  }

  /// Takes no more of a body.
  private void giveUp() {
    Taking request = taking;
    taking = null;
    if (request != null) {
      request.body().drop();
    }
  }

  private static Problem tooManyFields() {
    return Problem.of(431, "invalid_request", "Too many header fields");
  }

  private static Problem ofUnreadable(DecoderResult result) {
    return switch (result.cause()) {
      case TooLongHttpHeaderException _ ->
          Problem.of(431, "invalid_request", "Request header fields too large");
      case TooLongHttpLineException _ -> Problem.of(414, "invalid_request", "URI too long");
      default -> Problem.of(400, "invalid_request", "The request is not HTTP");
    };
  }

  /// Ends the connection with a problem; nothing more is read from it.
  void refuseAndClose(ChannelHandlerContext context, Problem problem) {
    inbound = Inbound.NOBODYS;
    giveUp();
    ChannelReply open = reply;
    if (open == null) {
      open = new ChannelReply(context, false, this::answered);
      reply = open;
    }
    doors.refuse(problem, open.closing());
  }

  boolean isReceiving() {
    return inbound == Inbound.OURS || inbound == Inbound.THE_FRAMEWORKS;
  }

  boolean isWaiting() {
    return reply == null && !passing && waiting.isEmpty();
  }

  /// An answer of ours is out: the next request may be taken.
  private void answered(ChannelHandlerContext context) {
    if (reply != null && reply.isClosing()) {
      hangUp(context);
    } else {
      reply = null;
      next(context);
    }
  }

  /*
   * Closing a connection on bytes that were not read resets it, and the caller, still sending, may
   * lose the answer. So only our side is closed, and the rest is read, for a while.
   */
  private void hangUp(ChannelHandlerContext context) {
    if (inbound == Inbound.HEAD || !(context.channel() instanceof DuplexChannel duplex)) {
      context.close();
      return;
    }
    inbound = Inbound.NOBODYS;
    leaving = true;
    duplex.shutdownOutput();
    context.channel().config().setAutoRead(true);
    context.executor().schedule(() -> context.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  private void next(ChannelHandlerContext context) {
    deadlines.answered();
    while (!waiting.isEmpty() && reply == null && !passing) {
      take(context, waiting.remove());
    }
    // What is left of the request just taken need not wait for its own answer.
    while (!waiting.isEmpty() && !(waiting.peek() instanceof HttpRequest)) {
      take(context, waiting.remove());
    }
    if (waiting.isEmpty() && !passing) {
      readOn(context);
    }
    lookWhetherMoreComes(context);
  }

  /// Not where nothing more comes: reading past the end closes the connection.
  private void readOn(ChannelHandlerContext context) {
    if (!halfClosed && !context.channel().config().isAutoRead()) {
      context.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      halfClosed = true;
      lookWhetherMoreComes(context);
    }
    context.fireUserEventTriggered(event);
  }

  private void lookWhetherMoreComes(ChannelHandlerContext context) {
    if (!halfClosed || !waiting.isEmpty()) {
      return;
    }
    if (reply != null && inbound == Inbound.HEAD) {
      reply.halfClosed();
    } else {
      context.close();
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    boolean interim =
        message instanceof HttpResponse response
            && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    boolean last = message instanceof LastHttpContent && !interim;
    context.write(message, promise);
    if (last && passing) {
      passing = false;
      // Not at once: the framework is still in the midst of its own last steps.
      context.executor().execute(() -> next(context));
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (reply != null && context.channel().isWritable()) {
      reply.room();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    deadlines.stop();
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
    giveUp();
    if (reply != null) {
      reply.gone();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (reply == null) {
      context.fireExceptionCaught(cause);
    } else {
      context.close();
    }
  }
}
