package dev.signalbox.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Everything on offer at one moment; replaced whole, never changed.
public final class Catalog {
  private final long revision;
  private final Map<String, Provider> providers;
  private final Map<String, Model> models;
  private final Map<String, Model> byAnyName;
  private final Map<String, List<Endpoint>> endpointsByModel;
  private final Map<String, List<Offering>> offeringsByModel;
  private final Map<EndpointId, Endpoint> endpoints;
  private final NameIndex names;
  private final Favourites favourites;
  private final Map<String, Long> parameterBits = new HashMap<>();
  private final Map<String, Long> quantizationBits = new HashMap<>();

  /// A catalog whose operator favours nothing.
  public Catalog(
      long revision, List<Provider> providers, List<Model> models, List<Endpoint> endpoints) {
    this(revision, providers, models, endpoints, Favourites.NONE);
  }

  /// @param models in listing order
  /// @param endpoints each of one of the models
  public Catalog(
      long revision,
      List<Provider> providers,
      List<Model> models,
      List<Endpoint> endpoints,
      Favourites favourites) {
    this.revision = revision;
    this.favourites = favourites;
    this.providers = new LinkedHashMap<>();
    providers.forEach(provider -> this.providers.put(provider.slug(), provider));
    this.models = new LinkedHashMap<>();
    this.byAnyName = new HashMap<>();
    for (Model model : models) {
      this.models.put(model.slug(), model);
      byAnyName.put(model.slug(), model);
    }
    for (Model model : models) {
      byAnyName.putIfAbsent(model.canonicalSlug(), model);
      model.aliases().forEach(alias -> byAnyName.putIfAbsent(alias, model));
    }
    var lists = new HashMap<String, ArrayList<Endpoint>>();
    this.endpoints = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints) {
      if (this.endpoints.put(endpoint.id(), endpoint) != null) {
        throw new IllegalArgumentException("endpoint %s: listed twice".formatted(endpoint.id()));
      }
      lists.computeIfAbsent(endpoint.model().slug(), _ -> new ArrayList<>()).add(endpoint);
    }
    this.names = new NameIndex(endpoints);
    this.endpointsByModel = new HashMap<>();
    this.offeringsByModel = new HashMap<>();
    lists.forEach(
        (slug, list) -> {
          endpointsByModel.put(slug, List.copyOf(list));
          offeringsByModel.put(slug, prepared(list));
        });
  }

  private List<Offering> prepared(List<Endpoint> model) {
    var prepared = new ArrayList<Offering>(model.size());
    for (Endpoint endpoint : model) {
      long parameters = 0;
      for (String parameter : Parameters.meantBy(endpoint.supportedParameters())) {
        parameters |= bit(parameterBits, parameter);
      }
      long quantization = bit(quantizationBits, endpoint.quantization().toLowerCase(Locale.ROOT));
      prepared.add(Offering.of(endpoint, prepared.size(), names, quantization, parameters));
    }
    return List.copyOf(prepared);
  }

  /// Returns a word's bit, or 0 when all are given away.
  private static long bit(Map<String, Long> bits, String word) {
    if (bits.size() < Long.SIZE) {
      bits.putIfAbsent(word, 1L << bits.size());
    }
    return bits.getOrDefault(word, 0L);
  }

  /// Returns what providers and tags are called here.
  public NameIndex names() {
    return names;
  }

  /// Returns the bits of quantizations, the kin included that the short names cover: `fp4` is
  /// `mxfp4` and `nvfp4` as well, `fp8` is `mxfp8`.
  public long quantizationBits(Set<String> quantizations) {
    long bits = 0;
    for (String asWritten : quantizations) {
      String quantization = asWritten.toLowerCase(Locale.ROOT);
      bits |= quantizationBits.getOrDefault(quantization, 0L);
      bits |=
          switch (quantization) {
            case "fp4" ->
                quantizationBits.getOrDefault("mxfp4", 0L)
                    | quantizationBits.getOrDefault("nvfp4", 0L);
            case "fp8" -> quantizationBits.getOrDefault("mxfp8", 0L);
            default -> 0;
          };
    }
    return bits;
  }

  /// Returns the bit of a parameter in [Offering#parameters]; 0 when it has none, because no
  /// endpoint supports it or because it is one of too many.
  public long parameterBit(String parameter) {
    Long bit = parameterBits.get(parameter);
    return bit == null ? 0 : bit;
  }

  public long revision() {
    return revision;
  }

  public Favourites favourites() {
    return favourites;
  }

  /// Returns the model that a slug, canonical slug or alias means (without dynamic variants).
  public Optional<Model> model(String anyName) {
    return Optional.ofNullable(byAnyName.get(anyName));
  }

  /// Returns the endpoints of a model, live or not, in the catalog's order.
  public List<Endpoint> endpointsOf(Model model) {
    return endpointsByModel.getOrDefault(model.slug(), List.of());
  }

  /// Returns the endpoints of a model as planning reads them, in the catalog's order.
  public List<Offering> offeringsOf(Model model) {
    return offeringsByModel.getOrDefault(model.slug(), List.of());
  }

  /// Returns an endpoint of this catalog as planning reads it.
  public Offering offering(Endpoint endpoint) {
    for (Offering offering : offeringsOf(endpoint.model())) {
      if (offering.endpoint().equals(endpoint)) {
        return offering;
      }
    }
    throw new IllegalArgumentException(
        "endpoint: %s (expected: of this catalog)".formatted(endpoint.id()));
  }

  public Optional<Endpoint> endpoint(EndpointId id) {
    return Optional.ofNullable(endpoints.get(id));
  }

  public Stream<Endpoint> endpoints() {
    return endpoints.values().stream();
  }

  public Stream<Model> models() {
    return models.values().stream();
  }

  public Stream<Provider> providers() {
    return providers.values().stream();
  }

  public Optional<Provider> provider(String slug) {
    return Optional.ofNullable(providers.get(slug));
  }
}
