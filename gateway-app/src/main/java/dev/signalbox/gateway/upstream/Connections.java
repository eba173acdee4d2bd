package dev.signalbox.gateway.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolverGroup;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/// Connections to providers, kept for the next call.
final class Connections {
  /*
   * Every event loop has pools of its own, and an attempt uses its own loop's: a request and its
   * answer stay on the thread that serves the caller, and no pool needs a lock. Only the count of an
   * origin's connections is common to all loops.
   *
   * A connection that speaks HTTP/2 is shared by many attempts at once; one of HTTP/1.1 serves one
   * at a time and is used last in, first out, so that those not needed grow old and are closed.
   */
  private static final long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(50);
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SWEEP_MILLIS = 1_000;
  private static final int MAX_INITIAL_LINE_BYTES = 4 * 1024;
  private static final int MAX_HEADER_BYTES = 32 * 1024;
  private static final int MAX_PIECE_BYTES = 64 * 1024;

  private final LoopResources resources;
  private final EventLoopGroup loops;
  private final AddressResolverGroup<?> names;
  private final AddressResolverGroup<?> guardedNames;
  private final Tls tls;
  private final int maxConnections;
  private final int maxWaiting;
  private final Map<EventLoop, Home> homes = new ConcurrentHashMap<>();
  private final Map<Origin, Usage> usages = new ConcurrentHashMap<>();
  private volatile BiConsumer<Origin, Usage> onFirstUse = (_, _) -> {};
  private volatile boolean closed;

  /// An origin's connections on all loops.
  static final class Usage {
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger idle = new AtomicInteger();
    final AtomicInteger waiting = new AtomicInteger();
  }

  /// @param guardedNames for guarded origins
  /// @param maxConnections to one origin
  /// @param maxWaiting attempts that may wait for a connection to one origin
  Connections(
      LoopResources resources,
      AddressResolverGroup<?> names,
      AddressResolverGroup<?> guardedNames,
      Tls tls,
      int maxConnections,
      int maxWaiting) {
    this.resources = resources;
    this.loops = resources.onServer(LoopResources.DEFAULT_NATIVE);
    this.names = names;
    this.guardedNames = guardedNames;
    this.tls = tls;
    this.maxConnections = maxConnections;
    this.maxWaiting = maxWaiting;
  }

  EventLoop anyLoop() {
    return loops.next();
  }

  /// Has each origin's usage told, once it is first used.
  void onFirstUse(BiConsumer<Origin, Usage> listener) {
    onFirstUse = listener;
  }

  /// Finds an attempt a connection, or lets it wait for one. Called on the attempt's loop.
  void connect(Origin origin, HttpAttempt attempt) {
    homes.computeIfAbsent(attempt.loop(), Home::new).pool(origin).connect(attempt);
  }

  private Usage usage(Origin origin) {
    return usages.computeIfAbsent(
        origin,
        _ -> {
          var usage = new Usage();
          onFirstUse.accept(origin, usage);
          return usage;
        });
  }

  void close() {
    closed = true;
    guardedNames.close();
    for (Home home : homes.values()) {
      if (!home.loop.isShuttingDown()) {
        home.loop.execute(home::close);
      }
    }
  }

  /// One event loop's pools.
  private final class Home {
    final EventLoop loop;
    final Map<Origin, Pool> pools = new HashMap<>();

    Home(EventLoop loop) {
      this.loop = loop;
      loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    Pool pool(Origin origin) {
      Pool known = pools.get(origin);
      if (known == null) {
        known = new Pool(this, origin, usage(origin));
        pools.put(origin, known);
      }
      return known;
    }

    private void sweep() {
      long now = System.nanoTime();
      pools.values().forEach(pool -> pool.sweep(now));
    }

    private void close() {
      pools.values().forEach(Pool::close);
    }
  }

  private record Waiting(HttpAttempt attempt, long sinceNanos) {}

  /// One origin's connections on one loop.
  private final class Pool implements Exchange.Owner {
    private final Home home;
    private final Origin origin;
    private final Usage usage;
    private final ArrayDeque<Idle> idle = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<Multiplexed> multiplexed = new ArrayList<>();

    private record Idle(Exchange exchange, long sinceNanos) {}

    Pool(Home home, Origin origin, Usage usage) {
      this.home = home;
      this.origin = origin;
      this.usage = usage;
    }

    void connect(HttpAttempt attempt) {
      if (!take(attempt)) {
        if (usage.open.get() < maxConnections) {
          open(attempt);
        } else if (usage.waiting.get() < maxWaiting) {
          usage.waiting.incrementAndGet();
          waiting.add(new Waiting(attempt, System.nanoTime()));
        } else {
          attempt.end(new ConnectException("Too many requests wait for the provider"));
        }
      }
    }

    /// Starts an attempt on a connection that is there.
    private boolean take(HttpAttempt attempt) {
      for (Multiplexed connection : multiplexed) {
        if (connection.hasRoom()) {
          connection.start(attempt);
          return true;
        }
      }
      for (Idle last = idle.pollLast(); last != null; last = idle.pollLast()) {
        usage.idle.decrementAndGet();
        if (last.exchange().isOpen()) {
          last.exchange().start(attempt);
          return true;
        }
      }
      return false;
    }

    private void open(HttpAttempt attempt) {
      usage.open.incrementAndGet();
      ChannelFuture connecting =
          new Bootstrap()
              .group(home.loop)
              .channel(resources.onChannelClass(SocketChannel.class, loops))
              .resolver(origin.guarded() ? guardedNames : names)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, origin.connectTimeoutMillis())
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.SO_KEEPALIVE, true)
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      if (origin.tls()) {
                        channel.pipeline().addLast(tls.handler(channel, origin), new Handshake());
                      }
                    }
                  })
              .connect(InetSocketAddress.createUnresolved(origin.host(), origin.port()));
      Channel channel = connecting.channel();
      channel.closeFuture().addListener(_ -> gone());
      connecting.addListener(
          connected -> {
            if (!connected.isSuccess()) {
              failed(channel, attempt, connected.cause());
            } else if (origin.tls()) {
              channel
                  .pipeline()
                  .get(SslHandler.class)
                  .handshakeFuture()
                  .addListener(
                      shaken -> {
                        if (shaken.isSuccess()) {
                          ready(channel, attempt);
                        } else {
                          failed(channel, attempt, shaken.cause());
                        }
                      });
            } else {
              ready(channel, attempt);
            }
          });
    }

    private void failed(Channel channel, HttpAttempt attempt, @Nullable Throwable cause) {
      channel.close();
      attempt.end(cause == null ? new IOException("no connection") : cause);
    }

    /// A handshake that fails is told by its future, and by nothing else.
    private static final class Handshake extends ChannelInboundHandlerAdapter {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
      }
    }

    private void ready(Channel channel, HttpAttempt attempt) {
      if (origin.tls()) {
        channel.pipeline().remove(Handshake.class);
      }
      SslHandler secured = channel.pipeline().get(SslHandler.class);
      if (secured != null
          && ApplicationProtocolNames.HTTP_2.equals(secured.applicationProtocol())) {
        var connection = new Multiplexed(channel);
        multiplexed.add(connection);
        channel.closeFuture().addListener(_ -> multiplexed.remove(connection));
        connection.start(attempt);
        return;
      }
      var exchange = new Exchange(channel, this);
      channel
          .pipeline()
          .addLast(
              new HttpClientCodec(
                  new HttpDecoderConfig()
                      .setMaxInitialLineLength(MAX_INITIAL_LINE_BYTES)
                      .setMaxHeaderSize(MAX_HEADER_BYTES)
                      .setMaxChunkSize(MAX_PIECE_BYTES),
                  false,
                  false),
              exchange);
      exchange.start(attempt);
    }

    @Override
    public void done(Exchange exchange, boolean reusable) {
      if (!reusable || closed) {
        exchange.close();
        return;
      }
      Waiting next = waiting.poll();
      if (next != null) {
        usage.waiting.decrementAndGet();
        exchange.start(next.attempt());
      } else if (usage.waiting.get() > 0) {
        // Those who wait on another loop cannot use this one, but its place.
        exchange.close();
      } else {
        usage.idle.incrementAndGet();
        idle.addLast(new Idle(exchange, System.nanoTime()));
      }
    }

    @Override
    public void closed(Exchange exchange) {
      if (idle.removeIf(known -> known.exchange() == exchange)) {
        usage.idle.decrementAndGet();
      }
    }

    /// A connection is gone: who waits, here or elsewhere, may open another.
    private void gone() {
      usage.open.decrementAndGet();
      if (usage.waiting.get() > 0) {
        homes.values().forEach(other -> other.loop.execute(() -> other.pool(origin).admitOne()));
      }
    }

    private void admitOne() {
      if (!waiting.isEmpty() && usage.open.get() < maxConnections) {
        usage.waiting.decrementAndGet();
        open(waiting.remove().attempt());
      }
    }

    void sweep(long now) {
      while (!idle.isEmpty() && now - idle.getFirst().sinceNanos() > MAX_IDLE_NANOS) {
        usage.idle.decrementAndGet();
        idle.removeFirst().exchange().close();
      }
      while (!waiting.isEmpty() && now - waiting.getFirst().sinceNanos() > MAX_WAIT_NANOS) {
        usage.waiting.decrementAndGet();
        waiting
            .removeFirst()
            .attempt()
            .end(new ConnectException("No connection to the provider became free"));
      }
    }

    void close() {
      List.copyOf(idle).forEach(connection -> connection.exchange().close());
      List.copyOf(multiplexed).forEach(Multiplexed::close);
    }
  }
}
