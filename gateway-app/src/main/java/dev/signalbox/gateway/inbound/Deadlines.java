package dev.signalbox.gateway.inbound;

import dev.signalbox.gateway.problem.Problem;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How long one connection's caller may take: between requests, for a head, for a body.
final class Deadlines implements Runnable {
  /*
   * Nothing is scheduled or taken off per request. The connection looks at the clock now and then,
   * and at what it waits for since when.
   */
  /// A body that is long may take longer, at this rate.
  private static final long LEAST_BYTES_PER_SECOND = 16 * 1024;

  private final Door door;
  private final Limits limits;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> next;
  private long sinceNanos;
  private long headSinceNanos;
  private long bodyBytes;
  private boolean decoded;

  Deadlines(Door door, Limits limits) {
    this.door = door;
    this.limits = limits;
  }

  void start(ChannelHandlerContext context) {
    this.context = context;
    sinceNanos = System.nanoTime();
    look();
  }

  private void look() {
    if (context != null) {
      next = context.executor().schedule(this, limits.lookNanos(), TimeUnit.NANOSECONDS);
    }
  }

  void stop() {
    if (next != null) {
      next.cancel(false);
    }
  }

  void read(Object message) {
    decoded = true;
    headSinceNanos = 0;
    if (message instanceof HttpRequest) {
      sinceNanos = System.nanoTime();
      bodyBytes = 0;
    }
    if (message instanceof ByteBufHolder content) {
      bodyBytes += content.content().readableBytes();
    }
  }

  /// @param headDue the next thing to come is a request's head
  void readComplete(boolean headDue) {
    if (!decoded && headDue && headSinceNanos == 0) {
      headSinceNanos = System.nanoTime();
    }
    decoded = false;
  }

  void answered() {
    sinceNanos = System.nanoTime();
  }

  @Override
  public void run() {
    ChannelHandlerContext here = context;
    if (here == null || !here.channel().isActive()) {
      return;
    }
    long now = System.nanoTime();
    if (headSinceNanos != 0 && now - headSinceNanos > limits.headNanos()) {
      door.refuseAndClose(here, late());
    } else if (door.isReceiving() && now - sinceNanos > bodyNanos()) {
      door.refuseAndClose(here, late());
    } else if (door.isWaiting() && headSinceNanos == 0 && now - sinceNanos > limits.idleNanos()) {
      here.close();
    } else {
      look();
    }
  }

  private long bodyNanos() {
    return limits.bodyNanos() + TimeUnit.SECONDS.toNanos(bodyBytes / LEAST_BYTES_PER_SECOND);
  }

  private static Problem late() {
    return Problem.of(408, "invalid_request", "The request did not come in time");
  }
}
