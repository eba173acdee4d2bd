package dev.signalbox.gateway.preset;

import dev.signalbox.gateway.account.Callers;
import dev.signalbox.gateway.preset.PresetDraft.Shape;
import dev.signalbox.gateway.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// `/presets`: an account's presets, listed, and saved from the bodies of requests.
@RestController
@RequestMapping({"/api/v1/presets", "/v1/presets"})
class PresetsEndpoint {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern SLUG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int MAX_PAGE = 100;

  /// More than this is a mistake somewhere.
  private static final int MAX_PRESETS = 1_000;

  private final Callers callers;
  private final PresetStore store;

  PresetsEndpoint(Callers callers, PresetStore store) {
    this.callers = callers;
    this.store = store;
  }

  @GetMapping
  Mono<Map<String, Object>> list(
      ServerHttpRequest request,
      @RequestParam(defaultValue = "0") long offset,
      @RequestParam(defaultValue = "50") int limit) {
    check(offset, limit);
    return callers
        .any(request)
        .flatMap(
            key ->
                store
                    .list(key.accountId(), offset, limit)
                    .map(row -> preset(row, key.accountId()))
                    .collectList()
                    .zipWith(store.count(key.accountId()), PresetsEndpoint::page));
  }

  private static Map<String, Object> page(Object data, Long count) {
    return Map.of("data", data, "total_count", count);
  }

  private static void check(long offset, int limit) {
    if (offset < 0) {
      throw Problem.invalidRequest("offset: must not be negative");
    }
    if (limit < 1 || limit > MAX_PAGE) {
      throw Problem.invalidRequest("limit: 1 to " + MAX_PAGE);
    }
  }

  @GetMapping("/{slug}")
  Mono<Map<String, Object>> get(ServerHttpRequest request, @PathVariable String slug) {
    return callers
        .any(request)
        .flatMap(
            key ->
                store
                    .find(key.accountId(), slug)
                    .map(row -> Map.<String, Object>of("data", designated(row, key.accountId()))))
        .switchIfEmpty(missing());
  }

  @GetMapping("/{slug}/versions")
  Mono<Map<String, Object>> versions(
      ServerHttpRequest request,
      @PathVariable String slug,
      @RequestParam(defaultValue = "0") long offset,
      @RequestParam(defaultValue = "50") int limit) {
    check(offset, limit);
    return callers
        .any(request)
        .flatMap(
            key ->
                store
                    .versions(key.accountId(), slug, null, offset, limit)
                    .map(PresetsEndpoint::version)
                    .collectList()
                    .zipWith(store.countVersions(key.accountId(), slug))
                    .filter(both -> both.getT2() > 0)
                    .map(both -> page(both.getT1(), both.getT2())))
        .switchIfEmpty(missing());
  }

  @GetMapping("/{slug}/versions/{version}")
  Mono<Map<String, Object>> version(
      ServerHttpRequest request, @PathVariable String slug, @PathVariable String version) {
    if (!version.matches("[0-9]{1,9}")) {
      throw Problem.invalidRequest("version: not a number");
    }
    return callers
        .any(request)
        .flatMap(
            key ->
                store
                    .versions(key.accountId(), slug, Integer.valueOf(version), 0, 1)
                    .map(found -> Map.<String, Object>of("data", version(found)))
                    .next())
        .switchIfEmpty(missing());
  }

  /// The path's end says which shape the body has.
  @PostMapping({"/{slug}/chat/completions", "/{slug}/messages", "/{slug}/responses"})
  Mono<Map<String, Object>> save(
      ServerHttpRequest request,
      @PathVariable String slug,
      @RequestBody(required = false) byte @Nullable [] body) {
    Shape shape = Shape.ofPath(request.getPath().value());
    return callers
        .any(request)
        .flatMap(
            key -> {
              if (!SLUG.matcher(slug).matches()) {
                throw Problem.invalidRequest(
                    "slug: 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit");
              }
              PresetDraft draft = PresetDraft.of(shape, body);
              return mayAdd(key.accountId(), slug)
                  .then(Mono.defer(() -> store.save(key.accountId(), slug, draft, key.label())))
                  .map(row -> Map.<String, Object>of("data", designated(row, key.accountId())));
            });
  }

  private Mono<Void> mayAdd(UUID account, String slug) {
    return store
        .find(account, slug)
        .map(known -> true)
        .switchIfEmpty(store.count(account).map(count -> count < MAX_PRESETS))
        .filter(may -> may)
        .switchIfEmpty(
            Mono.error(
                () ->
                    Problem.of(
                        409,
                        "invalid_request",
                        "An account has at most %d presets".formatted(MAX_PRESETS))))
        .then();
  }

  private static <T> Mono<T> missing() {
    return Mono.error(() -> Problem.notFound("Resource not found"));
  }

  private static Map<String, Object> preset(PresetStore.Row row, UUID account) {
    var body = new LinkedHashMap<String, Object>();
    body.put("id", row.id().toString());
    body.put("name", row.slug());
    body.put("slug", row.slug());
    body.put("description", row.description().orElse(null));
    body.put("status", row.status());
    body.put("workspace_id", null);
    body.put("creator_user_id", account.toString());
    body.put("designated_version_id", row.designated().id().toString());
    body.put(
        "status_updated_at",
        row.statusUpdatedAt().map(at -> at.toInstant().toString()).orElse(null));
    body.put("created_at", row.createdAt().toInstant().toString());
    body.put("updated_at", row.updatedAt().toInstant().toString());
    return body;
  }

  private static Map<String, Object> designated(PresetStore.Row row, UUID account) {
    Map<String, Object> body = preset(row, account);
    body.put("designated_version", version(row.designated()));
    return body;
  }

  private static Map<String, Object> version(PresetStore.Version version) {
    var body = new LinkedHashMap<String, Object>();
    body.put("id", version.id().toString());
    body.put("preset_id", version.presetId().toString());
    body.put("version", version.version());
    body.put("config", JSON.readTree(version.config()));
    body.put("system_prompt", version.systemPrompt().orElse(null));
    body.put("creator_id", version.creator());
    body.put("created_at", version.createdAt().toInstant().toString());
    body.put("updated_at", version.createdAt().toInstant().toString());
    return body;
  }
}
