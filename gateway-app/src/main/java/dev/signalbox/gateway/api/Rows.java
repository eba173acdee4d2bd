package dev.signalbox.gateway.api;

import dev.signalbox.catalog.Architecture;
import dev.signalbox.catalog.Catalog;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.Model;
import dev.signalbox.catalog.Provider;
import dev.signalbox.gateway.health.VitalsBoard.Listing;
import dev.signalbox.pricing.PriceOverride;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import dev.signalbox.vitals.Health;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Models, endpoints and providers as JSON objects.
final class Rows {
  private Rows() {}

  static List<Endpoint> live(Catalog catalog, Model model) {
    return catalog.endpointsOf(model).stream().filter(Endpoint::live).toList();
  }

  /// The endpoint whose price a model shows: its cheapest of the default tier.
  static Endpoint top(List<Endpoint> live) {
    return live.stream()
        .filter(endpoint -> endpoint.serviceTier().equals("default"))
        .min(Comparator.comparing(Rows::meanPrice))
        .orElse(live.getFirst());
  }

  static BigDecimal meanPrice(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    return pricing.price(Item.PROMPT).add(pricing.price(Item.COMPLETION));
  }

  static Map<String, Object> model(Catalog catalog, Model model) {
    List<Endpoint> live = live(catalog, model);
    Endpoint top = top(live);
    Map<String, Object> details = model.details();
    var row = new LinkedHashMap<String, Object>();
    row.put("id", model.slug());
    row.put("canonical_slug", model.canonicalSlug());
    row.put("name", model.name());
    row.put("created", model.created());
    row.put("description", model.description().orElse(""));
    row.put("context_length", model.contextLength());
    row.put("architecture", architecture(model.architecture()));
    row.put("pricing", pricing(top.listPricing()));
    row.put(
        "top_provider",
        object(
            "context_length",
            top.contextLength(),
            "max_completion_tokens",
            number(top.maxCompletionTokens()),
            "is_moderated",
            false));
    row.put("per_request_limits", details.get("per_request_limits"));
    var parameters = new TreeSet<String>();
    live.forEach(endpoint -> parameters.addAll(endpoint.supportedParameters()));
    row.put("supported_parameters", parameters);
    row.put("default_parameters", details.get("default_parameters"));
    row.put("supported_voices", details.get("supported_voices"));
    row.put("hugging_face_id", details.get("hugging_face_id"));
    row.put("expiration_date", details.get("expiration_date"));
    row.put("knowledge_cutoff", details.get("knowledge_cutoff"));
    if (details.get("reasoning") instanceof Map<?, ?> reasoning) {
      row.put("reasoning", reasoning);
    }
    row.put("links", Map.of("details", "/api/v1/models/" + model.slug() + "/endpoints"));
    return row;
  }

  private static Map<String, Object> object(@Nullable Object... keysAndValues) {
    var object = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return object;
  }

  private static @Nullable Long number(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  static Map<String, Object> architecture(Architecture architecture) {
    var in = new TreeSet<>(architecture.inputModalities());
    var out = new TreeSet<>(architecture.outputModalities());
    return object(
        "modality",
        String.join("+", in) + "->" + String.join("+", out),
        "input_modalities",
        in,
        "output_modalities",
        out,
        "tokenizer",
        architecture.tokenizer(),
        "instruct_type",
        architecture.instructType().orElse(null));
  }

  static Map<String, Object> pricing(Pricing pricing) {
    var prices = prices(pricing.prices());
    prices.putIfAbsent("request", "0");
    prices.putIfAbsent("image", "0");
    if (pricing.discount().signum() != 0) {
      prices.put("discount", pricing.discount());
    }
    if (!pricing.overrides().isEmpty()) {
      prices.put("overrides", pricing.overrides().stream().map(Rows::override).toList());
    }
    return prices;
  }

  private static Map<String, Object> prices(Map<Item, BigDecimal> prices) {
    var texts = new LinkedHashMap<String, Object>();
    prices.forEach(
        (item, price) ->
            texts.put(
                item.key(),
                price.signum() == 0 ? "0" : price.stripTrailingZeros().toPlainString()));
    return texts;
  }

  private static Map<String, Object> override(PriceOverride override) {
    var row = new LinkedHashMap<String, Object>();
    override.minPromptTokens().ifPresent(tokens -> row.put("min_prompt_tokens", tokens));
    override.utcStart().ifPresent(start -> row.put("utc_start", start));
    override.utcEnd().ifPresent(end -> row.put("utc_end", end));
    row.putAll(prices(override.prices()));
    return row;
  }

  static Map<String, Object> endpoint(
      Endpoint endpoint, Health health, Listing listing, boolean withStats) {
    var row = new LinkedHashMap<String, Object>();
    row.put("name", endpoint.provider().name() + " | " + endpoint.model().slug());
    row.put("model_id", endpoint.model().canonicalSlug());
    row.put("model_name", endpoint.model().name());
    row.put("provider_name", endpoint.provider().name());
    row.put("tag", endpoint.tag());
    row.put("context_length", endpoint.contextLength());
    row.put("max_completion_tokens", number(endpoint.maxCompletionTokens()));
    row.put("max_prompt_tokens", number(endpoint.maxPromptTokens()));
    row.put("pricing", pricing(endpoint.listPricing()));
    row.put("quantization", endpoint.quantization());
    row.put("status", status(health));
    row.put("supported_parameters", new TreeSet<>(endpoint.supportedParameters()));
    row.put("supports_implicit_caching", endpoint.implicitCaching());
    row.put("supports_voice_cloning", false);
    row.put("uptime_last_5m", percent(listing.uptime5Minutes()));
    row.put("uptime_last_30m", percent(listing.uptime30Minutes()));
    row.put("uptime_last_1d", percent(listing.uptimeDay()));
    row.put("latency_last_30m", withStats ? latency(listing) : null);
    row.put("throughput_last_30m", withStats ? listing.tokensPerSecond().orElse(null) : null);
    return row;
  }

  private static int status(Health health) {
    return switch (health) {
      case STABLE -> 0;
      case RECOVERING, LIMITED -> -1;
      case DOWN -> -2;
    };
  }

  /// Without a request there is no uptime.
  private static @Nullable Double percent(double share) {
    return share < 0 ? null : 100 * share;
  }

  private static @Nullable Object latency(Listing listing) {
    return listing
        .latencySeconds()
        .map(
            seconds ->
                object(
                    "p50", seconds.p50() * 1000,
                    "p75", seconds.p75() * 1000,
                    "p90", seconds.p90() * 1000,
                    "p99", seconds.p99() * 1000))
        .orElse(null);
  }

  static Map<String, Object> provider(Provider provider) {
    return object(
        "name",
        provider.name(),
        "slug",
        provider.slug(),
        "privacy_policy_url",
        provider.privacyPolicyUrl().orElse(null),
        "terms_of_service_url",
        provider.termsOfServiceUrl().orElse(null),
        "status_page_url",
        provider.statusPageUrl().orElse(null),
        "headquarters",
        provider.headquarters().orElse(null),
        "datacenters",
        provider.datacenters().isEmpty() ? null : provider.datacenters());
  }
}
