package dev.signalbox.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.stream.ChunkedInput;

/// A request's body in pieces, each of which is taken when the connection has room for it.
///
/// What goes to a socket is copied out of the heap first. Of a whole long body that is as much
/// memory again, for as long as the provider takes to read it.
final class LongBody implements ChunkedInput<HttpContent> {
  static final int PIECE_BYTES = 1024 * 1024;

  private final ByteBuf body;
  private final int length;

  /// @param body released when this is closed
  LongBody(ByteBuf body) {
    this.body = body;
    this.length = body.readableBytes();
  }

  @Override
  public boolean isEndOfInput() {
    return !body.isReadable();
  }

  @Override
  public HttpContent readChunk(ByteBufAllocator allocator) {
    ByteBuf piece = body.readRetainedSlice(Math.min(PIECE_BYTES, body.readableBytes()));
    return body.isReadable() ? new DefaultHttpContent(piece) : new DefaultLastHttpContent(piece);
  }

  @Override
  @Deprecated
  public HttpContent readChunk(ChannelHandlerContext context) {
    return readChunk(context.alloc());
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public long progress() {
    return (long) length - body.readableBytes();
  }

  @Override
  public void close() {
    body.release();
  }
}
