package dev.signalbox.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.io.IOException;

/// A connection that speaks HTTP/2: every attempt is a stream of its own on it.
final class Multiplexed implements Exchange.Owner {
  /// More calls than this open another connection: all streams of one wait for the same lost
  /// packet.
  private static final int MAX_STREAMS = 100;

  private static final int MAX_HEADER_BYTES = 32 * 1024;

  private final Channel connection;
  private final Http2FrameCodec codec;
  private final Http2StreamChannelBootstrap streams;

  Multiplexed(Channel connection) {
    this.connection = connection;
    codec =
        Http2FrameCodecBuilder.forClient()
            .initialSettings(
                Http2Settings.defaultSettings()
                    .pushEnabled(false)
                    .maxHeaderListSize(MAX_HEADER_BYTES))
            .build();
    connection.pipeline().addLast(codec, new Http2MultiplexHandler(new Refusing()));
    streams = new Http2StreamChannelBootstrap(connection);
  }

  boolean hasRoom() {
    return connection.isActive()
        && codec.connection().numActiveStreams() < MAX_STREAMS
        && !codec.connection().goAwayReceived()
        && codec.connection().local().canOpenStream();
  }

  void start(HttpAttempt attempt) {
    streams
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(false));
                stream.pipeline().addLast(new Exchange(stream, Multiplexed.this));
              }
            })
        .open()
        .addListener(
            opened -> {
              if (opened.isSuccess()) {
                var stream = (Http2StreamChannel) opened.getNow();
                stream.pipeline().get(Exchange.class).start(attempt);
              } else {
                attempt.end(new IOException("The provider takes no more streams", opened.cause()));
              }
            });
  }

  /// Streams that a server opens are not taken: pushing was declined.
  private static final class Refusing extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      stream.close();
    }
  }

  @Override
  public void done(Exchange exchange, boolean reusable) {
    exchange.close();
  }

  @Override
  public void closed(Exchange exchange) {}

  void close() {
    connection.close();
  }
}
