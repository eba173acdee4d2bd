package dev.signalbox.gateway.plan;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Translations;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.preset.Presets;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.routing.UnroutableException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `POST /routing/explain`: what would be tried for a request, in which order, and why. Nothing is
/// called, and nothing is charged.
@RestController
class ExplainEndpoint {
  private static final JsonMapper JSON = new JsonMapper();

  private final Callers callers;
  private final Presets presets;
  private final Planner planner;
  private final LongPrompts longPrompts;
  private final CatalogHolder catalog;
  private final ExplainedBody bodies;
  private final Translations translations;

  ExplainEndpoint(
      Callers callers,
      Presets presets,
      Planner planner,
      LongPrompts longPrompts,
      CatalogHolder catalog,
      ExplainedBody bodies,
      Translations translations) {
    this.callers = callers;
    this.presets = presets;
    this.planner = planner;
    this.longPrompts = longPrompts;
    this.catalog = catalog;
    this.bodies = bodies;
    this.translations = translations;
  }

  /// @param surface whose body this is; that of chat completions, unless it is said
  @PostMapping({"/api/v1/routing/explain", "/v1/routing/explain"})
  Mono<ResponseEntity<byte[]>> explain(
      ServerHttpRequest request,
      @RequestParam(defaultValue = "chat-completions") String surface,
      @RequestBody(required = false) byte @Nullable [] body) {
    Surface meant = surface(surface);
    byte[] given = body == null ? new byte[0] : body;
    return callers
        .inference(request)
        .flatMap(
            key ->
                presets
                    .glance(translations.caller(meant), meant, Document.of(given), key.accountId())
                    .flatMap(asked -> explained(request, asked.glance(), key)));
  }

  private static Surface surface(String name) {
    return Arrays.stream(Surface.values())
        .filter(surface -> surface.key().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.invalidRequest(
                    "surface: one of "
                        + Arrays.stream(Surface.values())
                            .map(Surface::key)
                            .collect(Collectors.joining(", "))));
  }

  private Mono<ResponseEntity<byte[]>> explained(
      ServerHttpRequest request, Glance glance, ApiKey key) {
    Optional<String> session = Optional.ofNullable(request.getHeaders().getFirst("x-session-id"));
    Catalog current = catalog.current().catalog();
    Explained explained = planner.explain(glance, key, session, current);
    return LongPrompts.decide(explained)
        ? longPrompts
            .counted(glance, current)
            .map(counted -> told(planner.explain(counted, key, session, current), counted))
        : Mono.just(told(explained, glance));
  }

  private ResponseEntity<byte[]> told(Explained explained, Glance glance) {
    Map<String, Object> account = bodies.of(explained);
    return explained
        .explanation()
        .refusal()
        .map(refusal -> refused(refusal, glance.surface(), account))
        .orElseGet(() -> json(200, JSON.writeValueAsBytes(Map.of("data", account))));
  }

  /// The error that the request itself would end in, and the account beside it.
  private static ResponseEntity<byte[]> refused(
      UnroutableException refusal, Surface surface, Map<String, Object> account) {
    Problem problem = Problems.of(refusal);
    ObjectNode body =
        (ObjectNode) JSON.readTree(ProblemBody.json(surface.skin(), problem, null, null));
    body.putPOJO("routing", account);
    return json(problem.status(), JSON.writeValueAsBytes(body));
  }

  private static ResponseEntity<byte[]> json(int status, byte[] body) {
    return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(body);
  }
}
