package dev.signalbox.catalog;

import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/// An endpoint with what every plan reads of it, worked out once for each catalog.
///
/// @param tag in lower case
/// @param bare the tag has no slash
/// @param providerNames what its provider is called, in lower case: the tag up to its first slash,
///   and where they differ, the provider's slug and its display name
/// @param inDefaultTier it belongs to no paid-for or cut-price service tier
/// @param prompt USD per token that callers pay, discount taken off: to compare, never to charge
/// @param completion USD per token, likewise
/// @param request USD per request, likewise
/// @param pricesVary some prices hold under conditions, so that the three above may not
/// @param parameters the bits of those that it supports: see [Catalog#parameterBit]
/// @param cachesCheaper reading its cache costs less than reading the prompt anew
public record Offering(
    Endpoint endpoint,
    String tag,
    boolean bare,
    List<String> providerNames,
    boolean inDefaultTier,
    double prompt,
    double completion,
    double request,
    boolean pricesVary,
    long parameters,
    boolean cachesCheaper) {

  static Offering of(Endpoint endpoint, long parameters) {
    String tag = endpoint.tag().toLowerCase(Locale.ROOT);
    int slash = tag.indexOf('/');
    Pricing pricing = endpoint.listPricing();
    return new Offering(
        endpoint,
        tag,
        slash < 0,
        List.copyOf(
            new LinkedHashSet<>(
                List.of(
                    slash < 0 ? tag : tag.substring(0, slash),
                    endpoint.provider().slug().toLowerCase(Locale.ROOT),
                    endpoint.provider().name().toLowerCase(Locale.ROOT)))),
        endpoint.serviceTier().equals("default"),
        pricing.effective(Item.PROMPT).doubleValue(),
        pricing.effective(Item.COMPLETION).doubleValue(),
        pricing.effective(Item.REQUEST).doubleValue(),
        !pricing.overrides().isEmpty(),
        parameters,
        pricing.prices().containsKey(Item.INPUT_CACHE_READ)
            && pricing.price(Item.INPUT_CACHE_READ).compareTo(pricing.price(Item.PROMPT)) < 0);
  }
}
