package dev.signalbox.gateway.admin;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.offer.CatalogHolder;
import dev.signalbox.gateway.offer.Credential;
import dev.signalbox.gateway.offer.Offer;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.pricing.Pricing;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Providers, models and endpoints, as they are in force, in the words of the operator API.
record CatalogRows(CatalogHolder catalog) {
  Map<String, Object> of(Provider provider, Optional<Credential> credential) {
    Offer offer = catalog.current();
    List<Endpoint> endpoints =
        offer
            .catalog()
            .endpoints()
            .filter(endpoint -> endpoint.provider().slug().equals(provider.slug()))
            .toList();
    Optional<Upstream> upstream =
        endpoints.stream()
            .map(
                endpoint ->
                    offer
                        .upstreams()
                        .getOrDefault(endpoint.id(), offer.dormant().get(endpoint.id())))
            .filter(Objects::nonNull)
            .findFirst();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("slug", provider.slug());
    body.put("name", provider.name());
    body.put("dialect", upstream.map(one -> one.dialect().key()).orElse(null));
    body.put("base_url", upstream.map(one -> one.baseUrl().toString()).orElse(null));
    body.put("supports_abort", provider.supportsAbort());
    body.put("endpoints", endpoints.size());
    body.put("live_endpoints", endpoints.stream().filter(Endpoint::live).count());
    body.put("credential", credential.map(CatalogRows::credential).orElse(null));
    return AccountDesk.plain(body);
  }

  private static Map<String, Object> credential(Credential credential) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", credential.id().toString());
    body.put("label", credential.label());
    body.put("created_at", credential.createdAt().toString());
    body.put("updated_at", credential.updatedAt().map(Instant::toString).orElse(null));
    body.put("wrapped_by", credential.wrappedBy());
    return AccountDesk.plain(body);
  }

  Map<String, Object> of(Model model) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", model.slug());
    body.put("canonical_slug", model.canonicalSlug());
    body.put("name", model.name());
    body.put("created", model.created());
    body.put("context_length", model.contextLength());
    body.put("aliases", model.aliases());
    body.put(
        "endpoints",
        catalog.current().catalog().endpointsOf(model).stream()
            .map(endpoint -> endpoint.id().value())
            .toList());
    return body;
  }

  Map<String, Object> of(Endpoint endpoint) {
    Offer offer = catalog.current();
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("id", endpoint.id().value());
    body.put("model", endpoint.model().slug());
    body.put("provider", endpoint.provider().slug());
    body.put("tag", endpoint.tag());
    body.put("live", endpoint.live());
    body.put("pricing", prices(endpoint.pricing()));
    body.put("markup_percent", offer.markups().percentFor(endpoint));
    body.put("list_pricing", prices(endpoint.listPricing()));
    body.put("context_length", endpoint.contextLength());
    endpoint.maxCompletionTokens().ifPresent(max -> body.put("max_completion_tokens", max));
    body.put("quantization", endpoint.quantization());
    endpoint.dataRegion().ifPresent(region -> body.put("data_region", region.word()));
    body.put("supported_parameters", endpoint.supportedParameters().stream().sorted().toList());
    return AccountDesk.plain(body);
  }

  private static Map<String, String> prices(Pricing pricing) {
    Map<String, String> prices = new LinkedHashMap<>();
    pricing
        .prices()
        .forEach(
            (item, price) -> prices.put(item.key(), price.stripTrailingZeros().toPlainString()));
    return prices;
  }
}
