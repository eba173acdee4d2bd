package dev.signalbox.gateway.api;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.health.VitalsBoard;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.plan.Permitted;
import dev.signalbox.gateway.problem.Problem;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/// What can be called, and at what price. A model is listed while some endpoint of it is live, so
/// that whatever an application picks from the list will answer.
@RestController
@RequestMapping({"/api/v1", "/v1"})
class ModelsEndpoint {
  private final CatalogHolder catalog;
  private final VitalsBoard vitals;
  private final Callers callers;
  private volatile Rendered rendered = new Rendered(-1, Map.of());

  /// Rows of one revision of the catalog, made when they are first asked for.
  private record Rendered(long revision, Map<String, Map<String, Object>> models) {}

  ModelsEndpoint(CatalogHolder catalog, VitalsBoard vitals, Callers callers) {
    this.catalog = catalog;
    this.vitals = vitals;
    this.callers = callers;
  }

  private Map<String, Object> row(Catalog offered, Model model) {
    Rendered known = rendered;
    if (known.revision() != offered.revision()) {
      known = new Rendered(offered.revision(), new ConcurrentHashMap<>());
      rendered = known;
    }
    return known.models().computeIfAbsent(model.slug(), _ -> Rows.model(offered, model));
  }

  @GetMapping("/models")
  Map<String, Object> models(@RequestParam MultiValueMap<String, String> parameters) {
    return list(catalog.current().catalog(), "/api/v1/models", parameters, _ -> true);
  }

  /// The same as a feed.
  @GetMapping(path = "/models", params = "use_rss=true", produces = "application/rss+xml")
  String feed(@RequestParam MultiValueMap<String, String> parameters) {
    boolean chats = "true".equals(parameters.getFirst("use_rss_chat_links"));
    return ModelFeed.of(query(parameters).select(catalog.current().catalog()), chats);
  }

  /// Those that the caller's account lets it use.
  @GetMapping("/models/user")
  Mono<Map<String, Object>> usersModels(
      ServerHttpRequest request, @RequestParam MultiValueMap<String, String> parameters) {
    return callers
        .any(request)
        .map(
            key -> {
              Catalog offered = catalog.current().catalog();
              return list(offered, "/api/v1/models/user", parameters, Permitted.to(key, offered));
            });
  }

  private ModelQuery query(MultiValueMap<String, String> parameters) {
    return new ModelQuery(parameters, vitals.snapshot(), Instant.now().getEpochSecond());
  }

  @GetMapping("/embeddings/models")
  Map<String, Object> embeddingModels(@RequestParam MultiValueMap<String, String> parameters) {
    var narrowed = new LinkedMultiValueMap<>(parameters);
    narrowed.set("output_modalities", "embeddings");
    return list(catalog.current().catalog(), "/api/v1/embeddings/models", narrowed, _ -> true);
  }

  /// @param usable of a model's endpoints, one at least
  private Map<String, Object> list(
      Catalog offered,
      String path,
      MultiValueMap<String, String> parameters,
      Predicate<Endpoint> usable) {
    ModelQuery query = query(parameters);
    List<Model> all =
        query.select(offered).stream()
            .filter(model -> Rows.live(offered, model).stream().anyMatch(usable))
            .toList();
    int from = query.isPaged() ? Math.min(query.offset(), all.size()) : 0;
    int to = query.isPaged() ? Math.min(from + query.limit(), all.size()) : all.size();
    var links = new LinkedHashMap<String, Object>();
    links.put(
        "next",
        to < all.size() ? "%s?offset=%d&limit=%d".formatted(path, to, query.limit()) : null);
    var body = new LinkedHashMap<String, Object>();
    body.put("data", all.subList(from, to).stream().map(model -> row(offered, model)).toList());
    body.put("total_count", all.size());
    body.put("links", links);
    return body;
  }

  @GetMapping("/models/count")
  Map<String, Object> count(@RequestParam MultiValueMap<String, String> parameters) {
    int count = query(parameters).select(catalog.current().catalog()).size();
    return Map.of("data", Map.of("count", count));
  }

  @GetMapping("/model/{author}/{slug}")
  Map<String, Object> model(@PathVariable String author, @PathVariable String slug) {
    Catalog offered = catalog.current().catalog();
    return Map.of("data", row(offered, find(offered, author, slug)));
  }

  /// The same as the SDKs of OpenAI and of Anthropic ask for it.
  @GetMapping("/models/{author}/{slug}")
  Map<String, Object> retrieved(@PathVariable String author, @PathVariable String slug) {
    return retrieved(author + "/" + slug);
  }

  /// @param name of the model, its slash escaped
  @GetMapping("/models/{name}")
  Map<String, Object> retrieved(@PathVariable String name) {
    Catalog offered = catalog.current().catalog();
    Model model = find(offered, name);
    var body = new LinkedHashMap<String, Object>(row(offered, model));
    body.put("object", "model");
    body.put("owned_by", model.slug().substring(0, model.slug().indexOf('/')));
    body.put("type", "model");
    body.put("display_name", model.name());
    body.put("created_at", Instant.ofEpochSecond(model.created()).toString());
    return body;
  }

  private static Model find(Catalog offered, String author, String slug) {
    return find(offered, author + "/" + slug);
  }

  private static Model find(Catalog offered, String name) {
    return offered
        .model(name)
        .filter(model -> offered.endpointsOf(model).stream().anyMatch(Endpoint::live))
        .orElseThrow(() -> Problem.notFound("Model %.192s not found".formatted(name)));
  }

  @GetMapping("/models/{author}/{slug}/endpoints")
  Mono<Map<String, Object>> endpoints(
      ServerHttpRequest request, @PathVariable String author, @PathVariable String slug) {
    Catalog offered = catalog.current().catalog();
    Model model = find(offered, author, slug);
    return withStats(request)
        .map(
            stats -> {
              var data = new LinkedHashMap<String, Object>();
              data.put("id", model.slug());
              data.put("name", model.name());
              data.put("created", model.created());
              data.put("description", model.description().orElse(""));
              data.put("architecture", Rows.architecture(model.architecture()));
              data.put("endpoints", rows(Rows.live(offered, model), stats));
              return Map.<String, Object>of("data", data);
            });
  }

  /// Measurements are for callers with a key.
  private Mono<Boolean> withStats(ServerHttpRequest request) {
    return request.getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)
        ? callers.any(request).map(_ -> true)
        : Mono.just(false);
  }

  private List<Map<String, Object>> rows(List<Endpoint> endpoints, boolean stats) {
    var snapshot = vitals.snapshot();
    return endpoints.stream()
        .map(
            endpoint ->
                Rows.endpoint(
                    endpoint,
                    snapshot.of(endpoint.id()).health(),
                    vitals.listing(endpoint.id()),
                    stats))
        .toList();
  }

  @GetMapping("/endpoints/zdr")
  Map<String, Object> zdr() {
    List<Endpoint> endpoints =
        catalog
            .current()
            .catalog()
            .endpoints()
            .filter(endpoint -> endpoint.live() && endpoint.dataPolicy().zdr())
            .toList();
    return Map.of("data", rows(endpoints, false));
  }

  @GetMapping("/providers")
  Map<String, Object> providers() {
    return Map.of("data", catalog.current().catalog().providers().map(Rows::provider).toList());
  }
}
