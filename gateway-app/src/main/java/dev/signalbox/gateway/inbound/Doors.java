package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.problem.Skin;
import dev.signalbox.gateway.route.SurfaceMapping;
import dev.signalbox.gateway.stage.Line;
import dev.signalbox.gateway.wire.ArrayPool;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpRequestDecoderSpec;
import reactor.netty.http.server.HttpServer;

/// Puts a [Door] into every connection of the API's server.
final class Doors implements NettyServerCustomizer {
  private static final String NAME = "signalbox.door";

  /// How much of a body is read at once. Of a prompt of 1 MB, pieces of 8 KB cost more than all
  /// that is done with it.
  private static final int PIECE_BYTES = 256 * 1024;

  private static final int LEAST_READ_BYTES = 64;
  private static final int FIRST_READ_BYTES = 2 * 1024;

  /// The part of the heap, one in so many, that long bodies' arrays may take while none uses them.
  private static final int HEAP_PARTS = 8;

  private final SurfaceMapping routes;
  private final Limits limits;
  private final ArrayPool arrays = new ArrayPool(Runtime.getRuntime().maxMemory() / HEAP_PARTS);

  Doors(SurfaceMapping routes, Limits limits) {
    this.routes = routes;
    this.limits = limits;
  }

  ArrayPool arrays() {
    return arrays;
  }

  Limits limits() {
    return limits;
  }

  @Override
  public HttpServer apply(HttpServer server) {
    // A spec is begun anew each time: what was set before is lost unless it is handed on.
    HttpRequestDecoderSpec set = server.configuration().decoder();
    return server
        .httpRequestDecoder(
            fresh ->
                fresh
                    .maxInitialLineLength(set.maxInitialLineLength())
                    .maxHeaderSize(set.maxHeaderSize())
                    .validateHeaders(set.validateHeaders())
                    .initialBufferSize(set.initialBufferSize())
                    .allowDuplicateContentLengths(set.allowDuplicateContentLengths())
                    .allowPartialChunks(set.allowPartialChunks())
                    .h2cMaxContentLength(set.h2cMaxContentLength())
                    .maxChunkSize(PIECE_BYTES))
        .childOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new AdaptiveRecvByteBufAllocator(LEAST_READ_BYTES, FIRST_READ_BYTES, PIECE_BYTES))
        .doOnChannelInit((_, channel, _) -> install(channel));
  }

  private void install(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    // HTTP/2 has no codec here: its requests go the framework's way.
    if (pipeline.get(NettyPipeline.HttpCodec) != null) {
      pipeline.addAfter(NettyPipeline.HttpCodec, NAME, new Door(this));
      channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
  }

  /// Returns the line of a route that has nothing but its line.
  @Nullable Line line(String uri) {
    int query = uri.indexOf('?');
    return routes.onlyFilter(query < 0 ? uri : uri.substring(0, query)) instanceof Line line
        ? line
        : null;
  }

  void refuse(Problem problem, ChannelReply reply) {
    reply.whole(
        problem.status(), problem.headers(), ProblemBody.json(Skin.CHAT, problem, null, null));
  }
}
