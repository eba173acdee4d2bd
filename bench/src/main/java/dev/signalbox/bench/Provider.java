package dev.signalbox.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A pretended provider that costs next to nothing: it reads no more of HTTP than where a request
/// ends, and answers with bytes made beforehand.
///
/// The path says how: `/plain` whole, `/burst` 50 chunks back to back, `/timed` 50 chunks, one
/// every 10 ms, `/slow` a chunk a second for as long as the caller stays, `/work` whole after 20
/// ms.
public final class Provider {
  private static final int CHUNKS = 50;
  private static final int PACE_MILLIS = 10;
  private static final int WORK_MILLIS = 20;
  private static final int SLOW_MILLIS = 1_000;
  private static final int MAX_SLOW_CHUNKS = 300;

  /// Where a chunk says when it was sent, on the machine's monotonic clock, for who measures the
  /// way.
  static final String SENT_AT = "sent@";

  private static final ByteBuf PLAIN = fixed(plain());
  private static final ByteBuf STREAM_HEAD =
      fixed(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n");
  private static final ByteBuf LAST =
      fixed(
          chunked(event("{}", "\"stop\""))
              + chunked(
                  "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
                      + "\"model\":\"up\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,"
                      + "\"completion_tokens\":50,\"total_tokens\":70}}\n\n")
              + chunked("data: [DONE]\n\n")
              + "0\r\n\r\n");
  private static final ByteBuf CHUNK =
      fixed(chunked(event("{\"content\":\" some words of text\"}", "null")));

  private Provider() {}

  /// Serves on the port given until its standard input ends.
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Channel server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 8192)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Requests());
                  }
                })
            .bind("127.0.0.1", port)
            .sync()
            .channel();
    System.in.transferTo(OutputStream.nullOutputStream());
    server.close().sync();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }

  private static ByteBuf fixed(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return Unpooled.unreleasableBuffer(
        Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
  }

  private static String plain() {
    String body =
        ("{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"up\","
             + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\","
             + "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{"
             + "\"prompt_tokens\":20,\"completion_tokens\":100,\"total_tokens\":120}}")
            .formatted("An answer of some length. ".repeat(16));
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(body.length(), body);
  }

  private static String event(String delta, String finishReason) {
    return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,"
        + "\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + ",\"finish_reason\":"
        + finishReason
        + "}]}\n\n";
  }

  private static String chunked(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static ByteBuf stamped() {
    String delta = "{\"content\":\"" + SENT_AT + System.nanoTime() + " words\"}";
    return Unpooled.copiedBuffer(chunked(event(delta, "null")), StandardCharsets.US_ASCII);
  }

  /// One connection's requests, one after another.
  private static final class Requests extends ChannelInboundHandlerAdapter {
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final String LENGTH = "content-length:";

    /// `POST /` is six bytes long.
    private static final int MODE_AT = 6;

    private @Nullable ByteBuf head;
    private long bodyLeft;
    private byte mode;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      var piece = (ByteBuf) message;
      if (bodyLeft == 0) {
        ByteBuf read = head == null ? piece : head.writeBytes(piece);
        int end = end(read);
        if (end < 0) {
          if (head == null) {
            head = context.alloc().buffer().writeBytes(piece);
          }
          piece.release();
          return;
        }
        mode = read.getByte(read.readerIndex() + MODE_AT);
        bodyLeft = length(read, end) - (read.readableBytes() - (end - read.readerIndex()));
        if (head != null) {
          head.release();
          head = null;
        }
      } else {
        bodyLeft -= piece.readableBytes();
      }
      piece.release();
      if (bodyLeft <= 0) {
        bodyLeft = 0;
        answer(context);
      }
    }

    private static int end(ByteBuf read) {
      int last = read.writerIndex() - END_OF_HEAD.length;
      for (int i = read.readerIndex(); i <= last; i++) {
        if (read.getByte(i) == '\r'
            && read.getByte(i + 1) == '\n'
            && read.getByte(i + 2) == '\r'
            && read.getByte(i + 3) == '\n') {
          return i + END_OF_HEAD.length;
        }
      }
      return -1;
    }

    private static long length(ByteBuf read, int end) {
      String head =
          read.toString(read.readerIndex(), end - read.readerIndex(), StandardCharsets.US_ASCII);
      for (int at = 0; at < head.length(); at = head.indexOf('\n', at) + 1) {
        if (head.regionMatches(true, at, LENGTH, 0, LENGTH.length())) {
          int stop = head.indexOf('\r', at);
          return Long.parseLong(head.substring(at + LENGTH.length(), stop).trim());
        }
      }
      return 0;
    }

    /// Modes differ in their first letter.
    private void answer(ChannelHandlerContext context) {
      switch (mode) {
        case 'p' -> context.writeAndFlush(PLAIN.duplicate());
        case 'b' -> {
          context.writeAndFlush(STREAM_HEAD.duplicate());
          for (int i = 0; i < CHUNKS; i++) {
            context.writeAndFlush(CHUNK.duplicate());
          }
          context.writeAndFlush(LAST.duplicate());
        }
        case 't' -> {
          context.writeAndFlush(STREAM_HEAD.duplicate());
          tick(context, CHUNKS, PACE_MILLIS);
        }
        case 's' -> {
          context.writeAndFlush(STREAM_HEAD.duplicate());
          tick(context, MAX_SLOW_CHUNKS, SLOW_MILLIS);
        }
        case 'w' ->
            context
                .executor()
                .schedule(
                    () -> context.writeAndFlush(PLAIN.duplicate()),
                    WORK_MILLIS,
                    TimeUnit.MILLISECONDS);
        default -> context.close();
      }
    }

    private static void tick(ChannelHandlerContext context, int left, int millis) {
      if (!context.channel().isActive()) {
        return;
      }
      if (left == 0) {
        context.writeAndFlush(LAST.duplicate());
        return;
      }
      context.writeAndFlush(stamped());
      context
          .executor()
          .schedule(() -> tick(context, left - 1, millis), millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
