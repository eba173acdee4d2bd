package dev.signalbox.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A client on one thread that looks no closer at answers than it must: for latencies, and for many
/// open streams.
final class Wire implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  /// Hears of one connection. Called on the client's thread.
  interface Listener {
    void connected(Connection connection);

    /// @param first the first piece of this answer's body
    void piece(Connection connection, ByteBuf piece, boolean first);

    void end(Connection connection);

    /// The connection is gone, or the answer's status is not 200.
    void failed(Connection connection, String why);
  }

  /// One connection, one request at a time.
  static final class Connection {
    private final Channel channel;

    /// For who uses it.
    long markNanos;

    Connection(Channel channel) {
      this.channel = channel;
    }

    void send(ByteBuf request) {
      markNanos = System.nanoTime();
      channel.writeAndFlush(request.duplicate());
    }

    void close() {
      channel.close();
    }
  }

  void execute(Runnable task) {
    loop.execute(task);
  }

  void schedule(Runnable task, long nanos) {
    var _ = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  void connect(Target target, Listener listener) {
    URI uri = URI.create(target.url());
    new Bootstrap()
        .group(loop)
        .channel(EpollSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(uri.getHost(), uri.getPort())
        .addListener(
            (ChannelFutureListener)
                future -> {
                  var connection = new Connection(future.channel());
                  if (future.isSuccess()) {
                    future.channel().pipeline().addLast(new Answers(connection, listener));
                    listener.connected(connection);
                  } else {
                    listener.failed(connection, String.valueOf(future.cause()));
                  }
                });
  }

  static ByteBuf request(Target target) {
    URI uri = URI.create(target.url());
    var head = new StringBuilder("POST ").append(uri.getRawPath()).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(uri.getAuthority()).append("\r\n");
    target
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("Content-Length: ").append(target.body().length).append("\r\n\r\n");
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(target.body());
    return Unpooled.unreleasableBuffer(
        Unpooled.directBuffer(bytes.size()).writeBytes(bytes.toByteArray()));
  }

  /// Finds where answers end.
  private static final class Answers extends ChannelInboundHandlerAdapter {
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Connection connection;
    private final Listener listener;
    private @Nullable StringBuilder head = new StringBuilder();
    private boolean first;
    private boolean chunked;
    private long left;

    Answers(Connection connection, Listener listener) {
      this.connection = connection;
      this.listener = listener;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      var piece = (ByteBuf) message;
      try {
        if (head == null || readHead(piece, head)) {
          body(piece);
        }
      } finally {
        piece.release();
      }
    }

    private boolean readHead(ByteBuf piece, StringBuilder head) {
      while (piece.isReadable()) {
        head.append((char) piece.readByte());
        int length = head.length();
        if (length >= 4 && head.charAt(length - 1) == '\n' && head.charAt(length - 3) == '\n') {
          String text = head.toString().toLowerCase(Locale.ROOT);
          this.head = null;
          first = true;
          chunked = text.contains("transfer-encoding: chunked");
          int at = text.indexOf("content-length: ");
          left = at < 0 ? 0 : Long.parseLong(text.substring(at + 16, text.indexOf('\r', at)));
          if (!text.startsWith("http/1.1 200")) {
            listener.failed(connection, text.substring(0, text.indexOf('\r')));
          }
          return true;
        }
      }
      return false;
    }

    private void body(ByteBuf piece) {
      if (piece.isReadable()) {
        listener.piece(connection, piece, first);
        first = false;
        left -= piece.readableBytes();
      }
      if (chunked ? endsWithLastChunk(piece) : left <= 0) {
        head = new StringBuilder();
        listener.end(connection);
      }
    }

    private static boolean endsWithLastChunk(ByteBuf piece) {
      int from = piece.writerIndex() - LAST_CHUNK.length;
      if (from < 0) {
        return false;
      }
      for (int i = 0; i < LAST_CHUNK.length; i++) {
        if (piece.getByte(from + i) != LAST_CHUNK[i]) {
          return false;
        }
      }
      return true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      listener.failed(connection, "closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  @Override
  public void close() throws InterruptedException {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }
}
