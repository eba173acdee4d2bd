package dev.signalbox.routing;

import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Model;
import dev.signalbox.routing.request.Preferences.SortKey;
import dev.signalbox.routing.request.RoutingRequest;
import dev.signalbox.routing.request.RoutingRequest.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One model of a request: the slug as written, the model it means, and what its suffix asks for.
record RequestedModel(String slug, Model model, Optional<Variant> variant) {
  /// A suffix that changes how endpoints are chosen.
  enum Variant {
    NITRO(SortKey.THROUGHPUT),
    FLOOR(SortKey.PRICE),
    EXACTO(SortKey.EXACTO);

    final SortKey sort;

    Variant(SortKey sort) {
      this.sort = sort;
    }
  }

  static RequestedModel of(String slug, RoutingRequest request, Catalog catalog) {
    Optional<Model> known = named(slug, catalog);
    if (known.isPresent()) {
      return new RequestedModel(slug, fitting(slug, known.get(), request), Optional.empty());
    }
    Suffixes suffixes = Suffixes.of(slug);
    Model model = model(slug, suffixes.base(), suffixes.statics(), request, catalog);
    if (suffixes.online()) {
      throw Refusal.noWebSearch(slug, request, model.slug());
    }
    return new RequestedModel(slug, fitting(slug, model, request), suffixes.variant());
  }

  /// A model that a router slug stands for. The slug's suffixes are the model's.
  static RequestedModel chosen(String slug, Model model, RoutingRequest request) {
    Suffixes suffixes = Suffixes.of(slug);
    if (suffixes.online()) {
      throw Refusal.noWebSearch(slug, request, suffixes.base());
    }
    if (!suffixes.statics().isEmpty()) {
      throw Refusal.unknownModel(slug, request, List.of(suffixes.base()));
    }
    return new RequestedModel(slug, model, suffixes.variant());
  }

  /// A name, taken apart. Suffixes stack in any order.
  ///
  /// @param statics those that are part of a model's name, each with its colon
  private record Suffixes(String base, String statics, Optional<Variant> variant, boolean online) {
    static Suffixes of(String slug) {
      String[] parts = slug.split(":", -1);
      var statics = new StringBuilder();
      boolean online = false;
      Optional<Variant> variant = Optional.empty();
      for (int i = 1; i < parts.length; i++) {
        switch (parts[i]) {
          case "nitro" -> variant = Optional.of(Variant.NITRO);
          case "floor" -> variant = Optional.of(Variant.FLOOR);
          case "exacto" -> variant = Optional.of(Variant.EXACTO);
          case "online" -> online = true;
          default -> statics.append(':').append(parts[i]);
        }
      }
      return new Suffixes(parts[0], statics.toString(), variant, online);
    }
  }

  private static Optional<Model> named(String name, Catalog catalog) {
    return catalog.model(name).or(() -> Latest.of(name, catalog));
  }

  /// @param statics the suffixes that are part of a model's name, each with its colon
  private static Model model(
      String slug, String base, String statics, RoutingRequest request, Catalog catalog) {
    Optional<Model> exact = named(base + statics, catalog);
    if (exact.isPresent()) {
      return exact.get();
    }
    Optional<Model> plain = named(base, catalog);
    return plain
        .flatMap(model -> catalog.model(model.slug() + statics))
        .orElseThrow(
            () ->
                plain.isPresent() && statics.equals(":free")
                    ? Refusal.noLongerFree(slug, plain.get().slug(), request)
                    : Refusal.unknownModel(
                        slug, request, plain.map(Model::slug).map(List::of).orElse(List.of())));
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
    throw Refusal.wrongEndpoint(slug, path, request);
  }
}
