package dev.signalbox.gateway.passthrough;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.billing.ledger.Ledger;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.drain.Drain;
import dev.signalbox.gateway.passthrough.ProviderAccess.Access;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.stage.Limiting;
import dev.signalbox.gateway.upstream.ForwardedCalls;
import dev.signalbox.pricing.Money;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/// Forwards any request below `/providers/{slug}/` to the provider's own API, with the gateway's
/// credential, both bodies as they come.
final class PassThrough implements WebHandler {
  static final String SURFACE = "pass-through";
  private static final String MARK = "/providers/";

  private final Callers callers;
  private final Limiting limiting;
  private final ProviderAccess access;
  private final ForwardedCalls calls;
  private final Ledger ledger;
  private final Drain drain;
  private final PassThroughMetrics metrics;
  private final Money fee;
  private final long maxBodyBytes;

  /// @param fee for each request that the provider answers well
  PassThrough(
      Callers callers,
      Limiting limiting,
      ProviderAccess access,
      ForwardedCalls calls,
      Ledger ledger,
      Drain drain,
      PassThroughMetrics metrics,
      Money fee,
      long maxBodyBytes) {
    this.callers = callers;
    this.limiting = limiting;
    this.access = access;
    this.calls = calls;
    this.ledger = ledger;
    this.drain = drain;
    this.metrics = metrics;
    this.fee = fee;
    this.maxBodyBytes = maxBodyBytes;
  }

  /// One request under way.
  private record Passage(
      ServerWebExchange exchange,
      ApiKey key,
      Access to,
      Hold hold,
      AtomicBoolean recorded,
      Instant at,
      long startNanos) {}

  @Override
  public Mono<Void> handle(ServerWebExchange exchange) {
    if (drain.isRefusing()) {
      return Mono.error(
          Problem.unavailable("This replica is shutting down").header("Retry-After", "1"));
    }
    ServerHttpRequest request = exchange.getRequest();
    if (request.getHeaders().getContentLength() > maxBodyBytes) {
      return Mono.error(Problems.tooLarge());
    }
    long startNanos = System.nanoTime();
    return callers.inference(request).flatMap(key -> admitted(exchange, key, startNanos));
  }

  private Mono<Void> admitted(ServerWebExchange exchange, ApiKey key, long startNanos) {
    if (!key.passThrough()) {
      return Mono.error(Problem.forbidden("This key may not use providers' own APIs"));
    }
    String raw = exchange.getRequest().getURI().getRawPath();
    int from = raw.indexOf(MARK) + MARK.length();
    int slash = raw.indexOf('/', from);
    if (slash < 0) {
      return Mono.error(Problem.notFound("Resource not found"));
    }
    Access to;
    URI target;
    try {
      to = access.of(raw.substring(from, slash), key);
      target =
          PassThroughPath.below(
              to.upstream().baseUrl(),
              raw.substring(slash),
              exchange.getRequest().getURI().getRawQuery());
    } catch (Problem problem) {
      return Mono.error(problem);
    }
    if (to.upstream().dialect() == Dialect.BEDROCK) {
      return Mono.error(
          Problem.notFound("Calls to this provider are signed with their bodies: not forwarded"));
    }
    return limiting
        .admit(key)
        .flatMap(ticket -> ledger.hold(key, fee).doOnError(_ -> ticket.cancel()))
        .flatMap(
            hold ->
                forward(
                    new Passage(
                        exchange, key, to, hold, new AtomicBoolean(), Instant.now(), startNanos),
                    target));
  }

  private Mono<Void> forward(Passage passage, URI target) {
    String method = passage.exchange().getRequest().getMethod().name();
    return Mono.defer(
            () -> {
              drain.enter();
              return calls
                  .credentials(passage.to().upstream(), method, target)
                  .flatMap(credentials -> send(passage, method, target, credentials));
            })
        .onErrorMap(PassThrough::told)
        .doOnError(
            error -> ended(passage, Problems.of(error).status() < 500 ? "client_error" : "error"))
        .doFinally(
            how -> {
              drain.leave();
              if (passage.recorded().compareAndSet(false, true)) {
                ledger.release(passage.hold());
              }
              if (how == SignalType.CANCEL) {
                ended(passage, "cancelled");
              } else if (how == SignalType.ON_COMPLETE) {
                ended(passage, "ok");
              }
            });
  }

  private void ended(Passage passage, String outcome) {
    metrics.ended(
        passage.to().provider().slug(), outcome, System.nanoTime() - passage.startNanos());
  }

  private Mono<Void> send(
      Passage passage, String method, URI target, Map<String, String> credentials) {
    ServerHttpRequest request = passage.exchange().getRequest();
    HttpClient client = calls.client(passage.to().upstream());
    return client
        .request(io.netty.handler.codec.http.HttpMethod.valueOf(method))
        .uri(target)
        .send(
            (head, outbound) -> {
              PassThroughHeaders.out(request.getHeaders(), head.requestHeaders());
              credentials.forEach(head.requestHeaders()::set);
              return hasBody(request) ? outbound.send(bounded(request.getBody())) : outbound;
            })
        .responseConnection((head, connection) -> answer(passage, head, connection))
        .then();
  }

  private static boolean hasBody(ServerHttpRequest request) {
    return request.getHeaders().getContentLength() > 0
        || request.getHeaders().containsHeader("transfer-encoding");
  }

  private Flux<ByteBuf> bounded(Flux<DataBuffer> body) {
    var seen = new AtomicLong();
    return body.map(NettyDataBufferFactory::toByteBuf)
        .handle(
            (piece, sink) -> {
              if (seen.addAndGet(piece.readableBytes()) > maxBodyBytes) {
                piece.release();
                sink.error(Problems.tooLarge());
              } else {
                sink.next(piece);
              }
            });
  }

  private Publisher<Void> answer(Passage passage, HttpClientResponse head, Connection connection) {
    int status = head.status().code();
    if (status < 200 || status >= 300) {
      return ProviderRefusal.read(passage.to(), status, head, connection)
          .flatMap(problem -> Mono.<Void>error(problem));
    }
    ServerHttpResponse response = passage.exchange().getResponse();
    passage.recorded().set(true);
    return ledger
        .post(
            passage.hold(),
            PassThroughRecord.of(
                passage.key(),
                passage.exchange().getRequest(),
                passage.to().provider(),
                fee,
                passage.at(),
                System.nanoTime() - passage.startNanos()))
        .onErrorMap(_ -> Problem.unavailable("The request could not be recorded"))
        .then(
            Mono.defer(
                () -> {
                  response.setStatusCode(HttpStatusCode.valueOf(status));
                  PassThroughHeaders.back(head.responseHeaders(), response.getHeaders());
                  var buffers = (NettyDataBufferFactory) response.bufferFactory();
                  Flux<DataBuffer> body =
                      connection
                          .inbound()
                          .receive()
                          .retain()
                          .timeout(passage.to().upstream().idleTimeout())
                          .map(buffers::wrap);
                  return response.writeAndFlushWith(body.map(Mono::just));
                }));
  }

  /// What kept the provider from answering, in the contract's words.
  private static Throwable told(Throwable error) {
    return switch (error) {
      case Problem problem -> problem;
      case ReadTimeoutException _ -> timedOut();
      case TimeoutException _ -> timedOut();
      case ConnectTimeoutException _ -> timedOut();
      case ConnectException _, UnknownHostException _, IOException _ ->
          Problem.of(502, "provider_unavailable", "Provider returned error");
      default -> error;
    };
  }

  private static Problem timedOut() {
    return Problem.of(504, "timeout", "The provider did not answer in time");
  }
}
