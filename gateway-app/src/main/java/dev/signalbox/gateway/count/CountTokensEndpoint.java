package dev.signalbox.gateway.count;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.dialect.messages.MessagesPassThrough;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Offer;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.plan.Planner;
import dev.signalbox.gateway.stage.ForwardedHeaders;
import dev.signalbox.gateway.tokens.TokenCounter;
import dev.signalbox.gateway.tokens.Tokenizer;
import dev.signalbox.gateway.upstream.Upstreams;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/// `POST /messages/count_tokens`: asked of the provider that would answer, if it speaks Anthropic's
/// dialect and does not fail; else counted here.
@RestController
@RequestMapping({"/api/v1", "/v1"})
class CountTokensEndpoint {
  private final Callers callers;
  private final CatalogHolder catalog;
  private final Planner planner;
  private final Upstreams upstreams;
  private final TokenCounter counter;
  private final Translations translations;
  private final int maxBodyBytes;

  CountTokensEndpoint(
      Callers callers,
      CatalogHolder catalog,
      Planner planner,
      Upstreams upstreams,
      TokenCounter counter,
      Translations translations,
      @Value("${signalbox.max-body-bytes:20971520}") int maxBodyBytes) {
    this.callers = callers;
    this.catalog = catalog;
    this.planner = planner;
    this.upstreams = upstreams;
    this.counter = counter;
    this.translations = translations;
    this.maxBodyBytes = maxBodyBytes;
  }

  @PostMapping("/messages/count_tokens")
  Mono<Map<String, Object>> count(ServerHttpRequest request) {
    return callers
        .inference(request)
        .flatMap(
            key ->
                body(request)
                    .flatMap(
                        body -> {
                          Glance glance =
                              translations
                                  .caller(Surface.MESSAGES)
                                  .glance(Surface.MESSAGES, body)
                                  .forwarding(ForwardedHeaders.of(request.getHeaders()));
                          Offer offer = catalog.current();
                          Endpoint endpoint =
                              planner
                                  .plan(glance, key, Optional.empty(), offer.catalog())
                                  .plan()
                                  .candidates()
                                  .getFirst()
                                  .endpoint();
                          return asked(glance, endpoint, offer)
                              .switchIfEmpty(Mono.defer(() -> counted(glance, endpoint)));
                        }))
        .map(tokens -> Map.of("input_tokens", tokens));
  }

  private Mono<byte[]> body(ServerHttpRequest request) {
    return DataBufferUtils.join(request.getBody(), maxBodyBytes)
        .map(CountTokensEndpoint::bytes)
        .defaultIfEmpty(new byte[0]);
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  /// Returns the provider's count; empty if it has none to give.
  private Mono<Long> asked(Glance glance, Endpoint endpoint, Offer offer) {
    Upstream upstream = offer.upstreams().get(endpoint.id());
    if (upstream == null || upstream.dialect() != Dialect.ANTHROPIC) {
      return Mono.empty();
    }
    var target = new Target(endpoint, upstream.model(), upstream.dialect(), upstream.quirks());
    return ProvidersCount.of(
        upstreams, upstream, MessagesPassThrough.counting(glance, target), glance.body());
  }

  private Mono<Long> counted(Glance glance, Endpoint endpoint) {
    var model = endpoint.model();
    return counter.prompt(
        glance.members(), Tokenizer.of(model.architecture().tokenizer(), model.slug()));
  }
}
