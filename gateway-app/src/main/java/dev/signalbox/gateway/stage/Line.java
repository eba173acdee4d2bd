package dev.signalbox.gateway.stage;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.ApiKeys;
import dev.signalbox.billing.credit.Dues;
import dev.signalbox.billing.credit.InsufficientCreditException;
import dev.signalbox.billing.ledger.Hold;
import dev.signalbox.billing.limit.Ticket;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.plan.LongPrompts;
import dev.signalbox.gateway.plan.Planned;
import dev.signalbox.gateway.plan.Planner;
import dev.signalbox.gateway.plugin.PluginWishes;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.UnroutableException;
import dev.signalbox.routing.plan.Candidate;
import dev.signalbox.routing.plan.RoutingPlan;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/// The line that every request of a surface travels: authenticate, read, plan, hold, dispatch. The
/// end of the gateway's filter chain.
public final class Line implements GatewayFilter, Ordered {
  private final Surface surface;
  private final ApiKeys keys;
  private final CatalogHolder catalog;
  private final Planner planner;
  private final Tools tools;
  private final Admission admission;
  private final int maxBodyBytes;

  Line(
      Surface surface,
      ApiKeys keys,
      CatalogHolder catalog,
      Planner planner,
      Tools tools,
      Admission admission,
      int maxBodyBytes) {
    this.surface = surface;
    this.keys = keys;
    this.catalog = catalog;
    this.planner = planner;
    this.tools = tools;
    this.admission = admission;
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
    HttpHeaders headers = exchange.getRequest().getHeaders();
    var reply =
        new ExchangeReply(ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse()));
    Mono<Document> body =
        DataBufferUtils.join(exchange.getRequest().getBody(), maxBodyBytes)
            .map(Line::document)
            .defaultIfEmpty(Document.of(new byte[0]));
    return Mono.fromRunnable(() -> admit(headers, headers.getContentLength()))
        .then(body)
        .doOnNext(document -> serve(headers, document, startNanos, reply))
        .then()
        .onErrorResume(
            error -> {
              refuse(error, reply);
              return Mono.empty();
            })
        .then(reply.written());
  }

  private static Document document(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return Document.of(bytes);
  }

  public int maxBodyBytes() {
    return maxBodyBytes;
  }

  /// Looks at a request's head, before its body is read.
  ///
  /// @param contentLength as announced, or -1
  /// @throws Problem if there is no use in reading on
  public void admit(HttpHeaders headers, long contentLength) {
    if (tools.drain().isRefusing()) {
      throw Problem.unavailable("This replica is shutting down").header("Retry-After", "1");
    }
    if (admission.refuses(tools.drain().running())) {
      throw Problem.unavailable("Too many requests at once").header("Retry-After", "1");
    }
    String secret = CallerHeaders.secret(headers);
    if (secret == null || secret.isEmpty()) {
      throw Problem.unauthenticated("Missing Authentication header");
    }
    if (contentLength > maxBodyBytes) {
      throw Problems.tooLarge();
    }
    String encoding = headers.getFirst(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw Problem.of(415, "invalid_request", "Content-Encoding is not supported here");
    }
  }

  /// Answers a request that was [admitted][#admit].
  ///
  /// @param body let go when nobody needs it any more
  public void serve(HttpHeaders headers, Document body, long startNanos, Reply reply) {
    Mono.defer(() -> authenticate(String.valueOf(CallerHeaders.secret(headers))))
        .flatMap(key -> read(headers, body, key, startNanos))
        .flatMap(call -> tools.remembering().around(call, reply, to -> dispatch(call, to)))
        .subscribe(Generation::start, error -> refuse(error, body, reply));
  }

  /// After what was not foreseen, somebody may still read the body: then it is not let go.
  private void refuse(Throwable error, Document body, Reply reply) {
    refuse(error, reply);
    if (error instanceof Problem || error instanceof RefusedCall) {
      body.letGo();
    }
  }

  private Mono<ApiKey> authenticate(String secret) {
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

  private Mono<Call> read(HttpHeaders headers, Document body, ApiKey key, long startNanos) {
    return tools
        .presets()
        .glance(tools.translations().caller(surface), surface, body, key.accountId())
        .map(
            asked ->
                call(
                    asked.glance(),
                    key,
                    CallerHeaders.of(headers).under(asked.caching()),
                    startNanos));
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
        PluginWishes.of(glance),
        catalog.current(),
        tools.ownKeys().feePercent());
  }

  private Mono<Generation> dispatch(Call call, Reply reply) {
    try {
      Planned planned = ShortenedPlan.whole(planner, call);
      if (!LongPrompts.decide(planned)) {
        return dispatch(call, planned, reply);
      }
    } catch (UnroutableException unroutable) {
      if (!LongPrompts.decide(unroutable)) {
        return Mono.error(refusal(call, Problems.of(unroutable), null));
      }
    } catch (Problem unplanned) {
      return Mono.error(refusal(call, unplanned, null));
    }
    return tools
        .longPrompts()
        .counted(call.glance(), call.offer().catalog())
        .map(call::with)
        .flatMap(counted -> dispatchCounted(counted, reply));
  }

  private Mono<Generation> dispatchCounted(Call call, Reply reply) {
    Planned planned;
    try {
      planned = ShortenedPlan.of(planner, call);
    } catch (UnroutableException | Problem unplanned) {
      return Mono.error(refusal(call, Problems.of(unplanned), null));
    }
    return dispatch(call, planned, reply);
  }

  private Mono<Generation> dispatch(Call call, Planned planned, Reply reply) {
    return admit(call, planned)
        .flatMap(
            admitted ->
                hold(call, admitted.planned())
                    .doOnError(_ -> admitted.ticket().cancel())
                    .onErrorMap(
                        InsufficientCreditException.class,
                        broke ->
                            refusal(
                                call,
                                tooDear(call, admitted.planned().plan(), broke),
                                admitted.planned()))
                    .map(
                        held ->
                            new Generation(
                                tools,
                                held.call(),
                                held.planned(),
                                held.hold(),
                                admitted.ticket(),
                                reply)));
  }

  /// What of a plan the rate limits let through.
  private record Admitted(Planned planned, Ticket ticket) {}

  /// A rate limit is an error like others: where free models have used theirs up, the models after
  /// them are tried (contract, section 3.10).
  private Mono<Admitted> admit(Call call, Planned planned) {
    List<Candidate> all = planned.plan().candidates();
    return tools
        .limiting()
        .admit(call, planned.plan())
        .map(ticket -> new Admitted(planned, ticket))
        .onErrorResume(
            Problem.class,
            limited -> {
              List<Candidate> others = Limiting.withoutFree(all);
              return others.isEmpty() || others.size() == all.size()
                  ? Mono.error(refusal(call, limited, planned))
                  : admit(call, planned.with(others));
            });
  }

  /// A call as it can be afforded.
  private record Held(Call call, Planned planned, Hold hold) {}

  /// Sets aside what the plan may cost. What of it cannot be afforded is not tried, if the account
  /// has credentials of its own for the rest.
  private Mono<Held> hold(Call call, Planned planned) {
    Mono<Held> whole = holdAll(call, planned);
    List<Candidate> own = planned.plan().candidates().stream().filter(Candidate::own).toList();
    return own.isEmpty() || own.size() == planned.plan().candidates().size()
        ? whole
        : whole.onErrorResume(
            InsufficientCreditException.class,
            _ -> Mono.defer(() -> holdAll(call, planned.with(own))));
  }

  private Mono<Held> holdAll(Call call, Planned planned) {
    RoutingPlan plan = planned.plan();
    var expected = Charging.expected(call, plan.candidates());
    return tools
        .ledger()
        .hold(call.key(), expected.wanted(), expected.least())
        .map(
            hold -> {
              boolean ample = hold.amount().covers(expected.wanted());
              Call affordable = ample ? call : shortened(call, plan, hold.amount());
              return new Held(affordable, planned, hold);
            });
  }

  /// A plain answer cannot be cut when credit runs out: its provider is told how long it may be.
  /// Only for callers who did not say so themselves.
  private Call shortened(Call call, RoutingPlan plan, Dues held) {
    Glance glance = call.glance();
    boolean knowsTheWord = surface == Surface.CHAT_COMPLETIONS || surface == Surface.COMPLETIONS;
    if (glance.stream() || glance.maxTokens().isPresent() || !knowsTheWord) {
      return call;
    }
    long tokens = Math.max(1, Charging.affordable(call, plan.candidates(), held));
    List<ByteBuffer> pieces =
        JsonSplice.of(glance.members()).set("max_tokens", Long.toString(tokens)).pieces();
    byte[] body = ByteBufUtil.getBytes(Unpooled.wrappedBuffer(pieces.toArray(ByteBuffer[]::new)));
    return call.with(tools.translations().caller(surface).glance(surface, body));
  }

  /// A problem that was there before any provider was asked.
  private RefusedCall refusal(Call call, Problem problem, @Nullable Planned planned) {
    tools.metrics().refused(surface.key(), problem.status() < 500 ? "client_error" : "error");
    String metadata =
        RouterMetadata.isToldWith(problem, call)
            ? RouterMetadata.json(call, planned, List.of(), 0, null)
            : null;
    return new RefusedCall(problem, call, metadata);
  }

  /// Tells how far the credit would go.
  private static Problem tooDear(Call call, RoutingPlan plan, InsufficientCreditException broke) {
    Money left = broke.affordable();
    OptionalLong prompt = Charging.affordablePrompt(call, plan.candidates(), left);
    if (!left.isZero() && prompt.isPresent()) {
      return Problem.of(
          402,
          "payment_required",
          "Prompt tokens limit exceeded: %d > %d. This request requires more credits."
              .formatted(call.glance().promptTokens(), prompt.getAsLong()));
    }
    if (left.isZero() || call.glance().maxTokens().isEmpty()) {
      return Problem.of(402, "payment_required", "Insufficient credits.");
    }
    return Problem.of(
        402,
        "payment_required",
        ("This request requires more credits, or fewer max_tokens. You requested up to %d tokens,"
                + " but can only afford %d.")
            .formatted(
                call.glance().maxTokens().getAsLong(),
                Charging.affordable(call, plan.candidates(), Dues.of(left))));
  }

  /// Answers with what went wrong.
  public void refuse(Throwable error, Reply reply) {
    if (error instanceof RefusedCall refusal) {
      refusal.tell(reply);
    } else {
      Problem problem = Problems.of(error);
      tools.metrics().refused(surface.key(), problem.status() < 500 ? "client_error" : "error");
      reply.whole(
          problem.status(),
          problem.headers(),
          ProblemBody.json(surface.skin(), problem, null, null));
    }
  }
}
