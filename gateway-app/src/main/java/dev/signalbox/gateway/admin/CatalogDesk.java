package dev.signalbox.gateway.admin;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.account.Fields;
import dev.signalbox.gateway.admin.Changes.Line;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Credential;
import dev.signalbox.gateway.offer.Credentials;
import dev.signalbox.gateway.offer.Overlay.Kind;
import dev.signalbox.gateway.problem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/// Providers and their credentials, models and endpoints: on top of the catalog's files.
///
/// A body is what a catalog file would say of the object, and is held to the same rules.
final class CatalogDesk {
  private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern MODEL =
      Pattern.compile("[a-z0-9~][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
  private static final Pattern ENDPOINT =
      Pattern.compile(MODEL.pattern() + "@[a-z0-9][a-z0-9._-]{0,63}(/[a-z0-9._/-]{1,63})?");
  private static final int MAX_CREDENTIAL = 16_384;

  /// What a model may say beside what the catalog's own rules know.
  private static final Set<String> DETAILS =
      Set.of(
          "knowledge_cutoff",
          "expiration_date",
          "hugging_face_id",
          "default_parameters",
          "reasoning",
          "links");

  private static final Set<String> MODEL_FIELDS =
      Set.of(
          "canonical_slug",
          "name",
          "created",
          "description",
          "context_length",
          "architecture",
          "aliases",
          "distillable",
          "markup");

  private final CatalogHolder catalog;
  private final CatalogEntries entries;
  private final Credentials credentials;
  private final Changes changes;
  private final CatalogRows rows;

  CatalogDesk(
      CatalogHolder catalog, CatalogEntries entries, Credentials credentials, Changes changes) {
    this.catalog = catalog;
    this.entries = entries;
    this.credentials = credentials;
    this.changes = changes;
    this.rows = new CatalogRows(catalog);
  }

  List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get("/providers", this::providers),
        AdminRoute.post("/providers", asked -> create(asked, Kind.PROVIDER, "slug")),
        AdminRoute.get("/providers/{id}", asked -> shown(asked, Kind.PROVIDER)),
        AdminRoute.patch("/providers/{id}", asked -> change(asked, Kind.PROVIDER)),
        AdminRoute.delete("/providers/{id}", asked -> remove(asked, Kind.PROVIDER)),
        AdminRoute.put("/providers/{id}/credential", this::setCredential),
        AdminRoute.delete("/providers/{id}/credential", this::dropCredential),
        AdminRoute.post("/credentials/rewrap", this::rewrap),
        AdminRoute.get("/models", this::models),
        AdminRoute.post("/models", asked -> create(asked, Kind.MODEL, "id")),
        AdminRoute.get("/models/{*id}", asked -> shown(asked, Kind.MODEL)),
        AdminRoute.patch("/models/{*id}", asked -> change(asked, Kind.MODEL)),
        AdminRoute.delete("/models/{*id}", asked -> remove(asked, Kind.MODEL)),
        AdminRoute.get("/endpoints", this::endpoints),
        AdminRoute.post("/endpoints", asked -> create(asked, Kind.ENDPOINT, "id")),
        AdminRoute.get("/endpoints/{*id}", asked -> shown(asked, Kind.ENDPOINT)),
        AdminRoute.patch("/endpoints/{*id}", asked -> change(asked, Kind.ENDPOINT)),
        AdminRoute.delete("/endpoints/{*id}", asked -> remove(asked, Kind.ENDPOINT)));
  }

  private Catalog now() {
    return catalog.current().catalog();
  }

  private Mono<AdminReply> providers(AdminRequest asked) {
    List<Provider> all = now().providers().toList();
    return credentials
        .list(null, null)
        .collectMap(Credential::provider)
        .map(
            known ->
                AdminReply.page(
                    all.stream()
                        .skip(asked.offset())
                        .limit(asked.limit())
                        .map(
                            provider ->
                                rows.of(provider, Optional.ofNullable(known.get(provider.slug()))))
                        .toList(),
                    all.size()));
  }

  private Mono<AdminReply> models(AdminRequest asked) {
    List<Model> all = now().models().toList();
    return Mono.just(
        AdminReply.page(
            all.stream().skip(asked.offset()).limit(asked.limit()).map(rows::of).toList(),
            all.size()));
  }

  private Mono<AdminReply> endpoints(AdminRequest asked) {
    Optional<String> model = asked.query("model");
    Optional<String> provider = asked.query("provider");
    List<Endpoint> all =
        now()
            .endpoints()
            .filter(e -> model.isEmpty() || e.model().slug().equals(model.get()))
            .filter(e -> provider.isEmpty() || e.provider().slug().equals(provider.get()))
            .toList();
    return Mono.just(
        AdminReply.page(
            all.stream().skip(asked.offset()).limit(asked.limit()).map(rows::of).toList(),
            all.size()));
  }

  private Mono<AdminReply> create(AdminRequest asked, Kind kind, String field) {
    Fields wish = Fields.of(asked.body());
    String name = wish.required(field, 512);
    Pattern form =
        switch (kind) {
          case PROVIDER -> SLUG;
          case MODEL -> MODEL;
          case ENDPOINT -> ENDPOINT;
        };
    if (!form.matcher(name).matches()) {
      throw Problem.invalidRequest(
          "%s: %.64s (expected: %s)"
              .formatted(
                  field,
                  name,
                  switch (kind) {
                    case PROVIDER -> "lowercase letters, digits and -";
                    case MODEL -> "author/name";
                    case ENDPOINT -> "author/name@provider or author/name@provider/tag";
                  }));
    }
    if (exists(kind, name)) {
      throw Problem.of(409, "invalid_request", "%s: %s exists".formatted(field, name));
    }
    ObjectNode body = wish.object();
    body.remove(field);
    return put(asked, kind, name, body, "create").then(told(kind, name)).map(AdminReply::created);
  }

  private Mono<AdminReply> change(AdminRequest asked, Kind kind) {
    String name = asked.path("id");
    require(kind, name);
    ObjectNode body = Fields.of(asked.body()).object();
    return put(asked, kind, name, body, "change").then(told(kind, name)).map(AdminReply::data);
  }

  /// Lays a body over what is there, and takes the credential out of it.
  private Mono<Boolean> put(
      AdminRequest asked, Kind kind, String name, ObjectNode body, String act) {
    Optional<String> secret = Optional.empty();
    if (kind == Kind.PROVIDER && body.has("api_key")) {
      secret = Optional.of(Fields.of(asked.body()).required("api_key", MAX_CREDENTIAL));
      body.remove("api_key");
    }
    refuseUnknown(kind, body);
    var line = new Line(asked.actor(), word(kind) + "." + act, name, body);
    Mono<Boolean> stored = entries.put(kind, name, body);
    Mono<Boolean> whole =
        secret.isEmpty() ? stored : stored.then(seal(name, secret.get())).thenReturn(true);
    return changes.offer(line, whole);
  }

  /// Other fields are told by the catalog's own rules.
  private static void refuseUnknown(Kind kind, ObjectNode body) {
    for (String field : List.copyOf(body.propertyNames())) {
      boolean known =
          switch (kind) {
            case PROVIDER -> !field.equals("slug");
            case MODEL -> MODEL_FIELDS.contains(field) || DETAILS.contains(field);
            case ENDPOINT -> !field.equals("tag") && !field.equals("provider");
          };
      if (!known) {
        throw Problem.invalidRequest("%.64s: unknown field".formatted(field));
      }
    }
  }

  private static String word(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private Mono<AdminReply> remove(AdminRequest asked, Kind kind) {
    String name = asked.path("id");
    require(kind, name);
    return changes
        .offer(
            new Line(asked.actor(), word(kind) + ".remove", name, Map.of()),
            entries.remove(kind, name))
        .map(any -> AdminReply.deleted());
  }

  private Mono<AdminReply> shown(AdminRequest asked, Kind kind) {
    String name = asked.path("id");
    require(kind, name);
    return told(kind, name).map(AdminReply::data);
  }

  private boolean exists(Kind kind, String name) {
    return switch (kind) {
      case PROVIDER -> now().provider(name).isPresent();
      case MODEL -> now().model(name).filter(model -> model.slug().equals(name)).isPresent();
      case ENDPOINT -> now().endpoint(new EndpointId(name)).isPresent();
    };
  }

  private void require(Kind kind, String name) {
    if (!exists(kind, name)) {
      throw Problem.notFound("No such " + word(kind));
    }
  }

  /// Returns what is in force, and beside it what was changed of it over this API.
  private Mono<Map<String, Object>> told(Kind kind, String name) {
    return Mono.defer(
        () ->
            (switch (kind) {
                  case PROVIDER ->
                      credentials
                          .list(null, name)
                          .next()
                          .map(Optional::of)
                          .defaultIfEmpty(Optional.empty())
                          .map(known -> rows.of(now().provider(name).orElseThrow(), known));
                  case MODEL -> Mono.just(rows.of(now().model(name).orElseThrow()));
                  case ENDPOINT ->
                      Mono.just(rows.of(now().endpoint(new EndpointId(name)).orElseThrow()));
                })
                .zipWith(
                    entries.find(kind, name),
                    (body, changed) -> {
                      var both = new LinkedHashMap<>(body);
                      both.put("changes", changed);
                      return both;
                    }));
  }

  private Mono<AdminReply> setCredential(AdminRequest asked) {
    String provider = asked.path("id");
    require(Kind.PROVIDER, provider);
    String secret = asked.fields("api_key").required("api_key", MAX_CREDENTIAL);
    return changes
        .offer(
            new Line(
                asked.actor(),
                "credential.set",
                provider,
                Map.of("label", Credential.label(secret))),
            seal(provider, secret).thenReturn(true))
        .then(told(Kind.PROVIDER, provider))
        .map(AdminReply::data);
  }

  /// Puts a credential in the place of the one before, or in an empty place.
  private Mono<Void> seal(String provider, String secret) {
    return credentials
        .list(null, provider)
        .next()
        .flatMap(known -> credentials.change(known, secret).thenReturn(true))
        .switchIfEmpty(
            Mono.defer(
                () -> credentials.add(Credential.operators(provider), secret).thenReturn(true)))
        .then();
  }

  private Mono<AdminReply> dropCredential(AdminRequest asked) {
    String provider = asked.path("id");
    return credentials
        .list(null, provider)
        .next()
        .map(Credential::id)
        .switchIfEmpty(Mono.error(() -> Problem.notFound("No credential")))
        .flatMap(
            (UUID id) ->
                changes.offer(
                    new Line(asked.actor(), "credential.delete", provider, Map.of()),
                    credentials.delete(id).thenReturn(true)))
        .map(any -> AdminReply.deleted());
  }

  /// After a new installation's key: the rows' keys are sealed with it, and the former may go.
  private Mono<AdminReply> rewrap(AdminRequest asked) {
    return changes
        .offer(new Line(asked.actor(), "credential.rewrap", "all", Map.of()), credentials.rewrap())
        .map(count -> AdminReply.data(Map.of("rewrapped", count)));
  }
}
