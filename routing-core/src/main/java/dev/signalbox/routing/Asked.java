package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.routing.UnroutableException.Availability;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One model of a request: the slug as written, the model it means, and what its suffix asks for.
record Asked(String slug, Model model, Optional<Variant> variant) {
  /// A suffix that changes how endpoints are chosen (contract, section 3.13).
  enum Variant {
    NITRO(SortKey.THROUGHPUT, "priority"),
    FLOOR(SortKey.PRICE, "flex"),
    EXACTO(SortKey.EXACTO, "");

    final SortKey sort;

    /// The service tier that takes part as well.
    final String tier;

    Variant(SortKey sort, String tier) {
      this.sort = sort;
      this.tier = tier;
    }
  }

  static Asked of(String slug, RoutingRequest request, Catalog catalog) {
    Optional<Model> known = named(slug, catalog);
    if (known.isPresent()) {
      return new Asked(slug, fitting(slug, known.get(), request), Optional.empty());
    }
    // Suffixes stack in any order: those that are models of their own stay in the name.
    String[] parts = slug.split(":", -1);
    var rest = new StringBuilder(parts[0]);
    Optional<Variant> variant = Optional.empty();
    for (int i = 1; i < parts.length; i++) {
      switch (parts[i]) {
        case "nitro" -> variant = Optional.of(Variant.NITRO);
        case "floor" -> variant = Optional.of(Variant.FLOOR);
        case "exacto" -> variant = Optional.of(Variant.EXACTO);
        case "online" -> throw notConfigured(slug, request);
        default -> rest.append(':').append(parts[i]);
      }
    }
    Optional<Model> model = named(rest.toString(), catalog);
    if (model.isEmpty()) {
      throw unknown(slug, rest.toString(), request, catalog);
    }
    return new Asked(slug, fitting(slug, model.get(), request), variant);
  }

  private static Optional<Model> named(String name, Catalog catalog) {
    return catalog.model(name).or(() -> Latest.of(name, catalog));
  }

  private static UnroutableException unknown(
      String slug, String name, RoutingRequest request, Catalog catalog) {
    if (name.endsWith(":free")) {
      Optional<Model> paid = catalog.model(name.substring(0, name.length() - ":free".length()));
      if (paid.isPresent()) {
        return new UnroutableException(
            "%s is no longer free; use %s".formatted(slug, paid.get().slug()),
            new Availability(
                "free_variant_ended",
                404,
                "not_found",
                false,
                request.models(),
                List.of(),
                List.of(paid.get().slug()),
                "model",
                slug,
                List.of(),
                List.of()));
      }
    }
    return invalid(slug, request);
  }

  private static Model fitting(String slug, Model model, RoutingRequest request) {
    Set<String> outputs = model.architecture().outputModalities();
    boolean embeds = outputs.contains("embeddings");
    boolean transcribes = !embeds && outputs.equals(Set.of("transcription"));
    if (!transcribes && embeds == (request.kind() == Kind.EMBEDDING)) {
      return model;
    }
    String path =
        embeds
            ? "/api/v1/embeddings"
            : transcribes ? "/audio/transcriptions of its provider" : "/api/v1/chat/completions";
    throw new UnroutableException(
        "%s does not serve this endpoint; use %s".formatted(slug, path),
        availability("wrong_endpoint", 400, "invalid_request", request, "model", path));
  }

  private static UnroutableException invalid(String slug, RoutingRequest request) {
    return new UnroutableException(
        slug + " is not a valid model ID",
        availability("model_not_found", 400, "invalid_request", request, "", ""));
  }

  private static UnroutableException notConfigured(String slug, RoutingRequest request) {
    return new UnroutableException(
        slug + ": web search is not configured on this installation",
        availability("model_not_found", 400, "invalid_request", request, "model", ":online"));
  }

  private static Availability availability(
      String code,
      int status,
      String errorType,
      RoutingRequest request,
      String field,
      String detail) {
    return new Availability(
        code,
        status,
        errorType,
        false,
        request.models(),
        List.of(),
        List.of(),
        field,
        detail,
        List.of(),
        List.of());
  }

  /// Returns whether the model has an endpoint of a service tier that can be called.
  boolean hasLive(String tier, Catalog catalog) {
    for (Endpoint endpoint : catalog.endpointsOf(model)) {
      if (endpoint.live() && endpoint.serviceTier().equals(tier)) {
        return true;
      }
    }
    return false;
  }
}
