package dev.signalbox.catalog;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private final Map<String, Long> parameterBits = new HashMap<>();

  /// @param models in listing order
  /// @param endpoints each of one of the models
  public Catalog(
      long revision, List<Provider> providers, List<Model> models, List<Endpoint> endpoints) {
    this.revision = revision;
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
    var lists = new HashMap<String, java.util.ArrayList<Endpoint>>();
    this.endpoints = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints) {
      if (this.endpoints.put(endpoint.id(), endpoint) != null) {
        throw new IllegalArgumentException("endpoint %s: listed twice".formatted(endpoint.id()));
      }
      lists
          .computeIfAbsent(endpoint.model().slug(), _ -> new java.util.ArrayList<>())
          .add(endpoint);
    }
    this.endpointsByModel = new HashMap<>();
    this.offeringsByModel = new HashMap<>();
    lists.forEach(
        (slug, list) -> {
          endpointsByModel.put(slug, List.copyOf(list));
          offeringsByModel.put(slug, list.stream().map(this::prepared).toList());
        });
  }

  private Offering prepared(Endpoint endpoint) {
    long bits = 0;
    for (String parameter : endpoint.supportedParameters()) {
      if (parameterBits.size() < Long.SIZE) {
        parameterBits.putIfAbsent(parameter, 1L << parameterBits.size());
      }
      bits |= parameterBit(parameter);
    }
    return Offering.of(endpoint, bits);
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
