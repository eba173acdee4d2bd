package dev.signalbox.gateway.stage;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.ApiKeys;
import dev.signalbox.billing.credit.InsufficientCreditException;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.plan.Planner;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import dev.signalbox.routing.UnroutableException;
import dev.signalbox.routing.plan.RoutingPlan;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/// The line that every request of a surface travels: authenticate, read, plan, hold, dispatch. The
/// end of the gateway's filter chain.
public final class Line implements GatewayFilter, Ordered {
  private final Surface surface;
  private final ApiKeys keys;
  private final CatalogHolder catalog;
  private final Planner planner;
  private final Tools tools;
  private final int maxBodyBytes;

  Line(
      Surface surface,
      ApiKeys keys,
      CatalogHolder catalog,
      Planner planner,
      Tools tools,
      int maxBodyBytes) {
    this.surface = surface;
    this.keys = keys;
    this.catalog = catalog;
    this.planner = planner;
    this.tools = tools;
    this.maxBodyBytes = maxBodyBytes;
  }

  /// Before the gateway's own filters, none of which has anything to do here.
  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
    long startNanos = System.nanoTime();
    HttpServerResponse response =
        ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
    return Mono.defer(() -> authenticate(exchange.getRequest()))
        .flatMap(key -> read(exchange.getRequest(), key, startNanos))
        .flatMap(call -> dispatch(call, response))
        .onErrorResume(error -> refuse(error, response));
  }

  private Mono<ApiKey> authenticate(ServerHttpRequest request) {
    if (tools.drain().isRefusing()) {
      throw Problem.unavailable("This replica is shutting down").header("Retry-After", "1");
    }
    String secret = CallerHeaders.secret(request.getHeaders());
    if (secret == null || secret.isEmpty()) {
      throw Problem.unauthenticated("Missing Authentication header");
    }
    ApiKey known = keys.known(secret);
    Mono<ApiKey> found =
        known != null
            ? Mono.just(known)
            : keys.find(secret)
                .switchIfEmpty(Mono.error(() -> Problem.unauthenticated("User not found.")));
    return found.map(this::mayInfer);
  }

  private ApiKey mayInfer(ApiKey key) {
    keys.refusal(key)
        .ifPresent(
            reason -> {
              throw Problem.unauthenticated(reason);
            });
    if (key.management()) {
      throw Problem.forbidden("Management keys cannot call inference endpoints");
    }
    return key;
  }

  private Mono<Call> read(ServerHttpRequest request, ApiKey key, long startNanos) {
    HttpHeaders headers = request.getHeaders();
    if (headers.getContentLength() > maxBodyBytes) {
      return Mono.error(Problems.tooLarge());
    }
    String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      return Mono.error(
          Problem.of(415, "invalid_request", "Content-Encoding is not supported here"));
    }
    return DataBufferUtils.join(request.getBody(), maxBodyBytes)
        .map(Line::bytes)
        .defaultIfEmpty(new byte[0])
        .flatMap(
            body ->
                tools
                    .presets()
                    .glance(tools.translations().caller(surface), surface, body, key.accountId())
                    .map(glance -> call(glance, key, CallerHeaders.of(headers), startNanos)));
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  private Call call(Glance glance, ApiKey key, CallerHeaders headers, long startNanos) {
    // To the second, like the id: they stand for each other in the ledger.
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return new Call(
        GenerationIds.mint(now.getEpochSecond()),
        now,
        startNanos,
        key,
        glance.forwarding(headers.forwarded()),
        headers,
        catalog.current());
  }

  private Mono<Void> dispatch(Call call, HttpServerResponse response) {
    Planned planned;
    try {
      planned =
          planner.plan(
              call.glance(), call.key(), call.headers().sessionId(), call.offer().catalog());
    } catch (UnroutableException | Problem unplanned) {
      return Mono.error(refusal(call, Problems.of(unplanned), null));
    }
    RoutingPlan plan = planned.plan();
    Money expected = Charging.atMost(call, plan.candidates(), call.glance().promptTokens());
    return tools
        .ledger()
        .hold(call.key(), expected)
        .onErrorMap(
            InsufficientCreditException.class,
            broke -> refusal(call, tooDear(call, plan, broke), planned))
        .flatMap(
            hold -> {
              var generation = new Generation(tools, call, planned, hold);
              return generation
                  .start()
                  .flatMap(answer -> write(answer, call, response))
                  .doOnCancel(generation::callerGone);
            });
  }

  /// A problem that was there before any provider was asked.
  private Refusal refusal(Call call, Problem problem, @Nullable Planned planned) {
    tools.metrics().refused(surface.key(), problem.status() < 500 ? "client_error" : "error");
    String metadata =
        RouterMetadata.isToldWith(problem, call)
            ? RouterMetadata.json(call, planned, List.of(), 0, null)
            : null;
    return new Refusal(problem, call.generationId(), metadata);
  }

  /// Tells how far the credit would go (contract, section 4.5).
  private static Problem tooDear(Call call, RoutingPlan plan, InsufficientCreditException broke) {
    var pricing = plan.candidates().getFirst().endpoint().listPricing();
    Money prompt =
        pricing.cost(Usage.of(call.glance().promptTokens(), 0), call.createdAt()).total();
    Money left = broke.affordable().minus(prompt);
    Money perToken = pricing.cost(Usage.of(0, 1), call.createdAt()).completion();
    long affordable =
        left.usd().signum() <= 0 || perToken.isZero()
            ? 0
            : left.usd().divideToIntegralValue(perToken.usd()).longValue();
    if (call.glance().maxTokens().isEmpty() || broke.affordable().isZero()) {
      return Problem.of(402, "payment_required", "Insufficient credits.");
    }
    return Problem.of(
        402,
        "payment_required",
        ("This request requires more credits, or fewer max_tokens. You requested up to %d tokens,"
                + " but can only afford %d.")
            .formatted(call.glance().maxTokens().getAsLong(), affordable));
  }

  private static Mono<Void> write(Answer answer, Call call, HttpServerResponse response) {
    response.header("X-Generation-Id", call.generationId());
    return switch (answer) {
      case Answer.Whole(int status, byte[] body, Map<String, String> headers) -> {
        headers.forEach(response::header);
        yield whole(response, status, body);
      }
      case Answer.Streamed(var events) ->
          response
              .status(200)
              .header(HttpHeaders.CONTENT_TYPE, "text/event-stream")
              .header(HttpHeaders.CACHE_CONTROL, "no-cache")
              .header("X-Accel-Buffering", "no")
              .send(events, _ -> true)
              .then();
    };
  }

  private static Mono<Void> whole(HttpServerResponse response, int status, byte[] body) {
    return response
        .status(status)
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .header(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length))
        .send(Mono.just(Unpooled.wrappedBuffer(body)))
        .then();
  }

  private Mono<Void> refuse(Throwable error, HttpServerResponse response) {
    if (response.hasSentHeaders()) {
      return Mono.error(error);
    }
    @Nullable String metadata = null;
    @Nullable String generationId = null;
    Problem problem;
    if (error instanceof Refusal refusal) {
      problem = refusal.problem();
      metadata = refusal.routerMetadata();
      generationId = refusal.generationId();
      response.header("X-Generation-Id", generationId);
    } else {
      problem = Problems.of(error);
      tools.metrics().refused(surface.key(), problem.status() < 500 ? "client_error" : "error");
    }
    problem.headers().forEach(response::header);
    return whole(
        response,
        problem.status(),
        ProblemBody.json(surface.skin(), problem, generationId, metadata));
  }
}
