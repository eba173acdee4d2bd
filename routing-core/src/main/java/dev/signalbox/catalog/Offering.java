package dev.signalbox.catalog;

import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;

/// An endpoint with what every plan reads of it, worked out once for each catalog.
///
/// @param number its place among its model's endpoints, from 0
/// @param calling what its provider is called: see [NameIndex]
/// @param tag the number of its tag where that means less than its calling, or -1
/// @param tier the bit of its service tier: see [ServiceTiers]
/// @param quantization the bit of its quantization: see [Catalog#quantizationBits]
/// @param prompt USD per token that callers pay, discount taken off: to compare, never to charge
/// @param completion USD per token, likewise
/// @param request USD per request, likewise
/// @param pricesVary some prices hold under conditions, so that the three above may not
/// @param priced the bits of the items that have a price, by their ordinals
/// @param parameters the bits of those that it supports: see [Catalog#parameterBit]
/// @param policy the bits of what happens to prompts: [#NO_ZDR], [#TRAINS], [#RETAINS]
/// @param maxCompletionTokens the greatest number where there is no limit
/// @param maxPromptTokens likewise
/// @param cachesCheaper reading its cache costs less than reading the prompt anew
public record Offering(
    Endpoint endpoint,
    int number,
    int calling,
    int tag,
    int tier,
    long quantization,
    double prompt,
    double completion,
    double request,
    boolean pricesVary,
    int priced,
    long parameters,
    int policy,
    long maxCompletionTokens,
    long maxPromptTokens,
    long contextLength,
    boolean cachesCheaper) {
  /// No zero data retention.
  public static final int NO_ZDR = 1;

  public static final int TRAINS = 2;
  public static final int RETAINS = 4;

  static Offering of(
      Endpoint endpoint, int number, NameIndex names, long quantization, long parameters) {
    Pricing pricing = endpoint.listPricing();
    int priced = 0;
    for (Item item : pricing.prices().keySet()) {
      priced |= 1 << item.ordinal();
    }
    return new Offering(
        endpoint,
        number,
        names.calling(endpoint),
        names.tag(endpoint),
        ServiceTiers.bit(endpoint.serviceTier()),
        quantization,
        pricing.effective(Item.PROMPT).doubleValue(),
        pricing.effective(Item.COMPLETION).doubleValue(),
        pricing.effective(Item.REQUEST).doubleValue(),
        !pricing.overrides().isEmpty(),
        priced,
        parameters,
        policy(endpoint.dataPolicy()),
        endpoint.maxCompletionTokens().orElse(Long.MAX_VALUE),
        endpoint.maxPromptTokens().orElse(Long.MAX_VALUE),
        endpoint.contextLength(),
        pricing.prices().containsKey(Item.INPUT_CACHE_READ)
            && pricing.price(Item.INPUT_CACHE_READ).compareTo(pricing.price(Item.PROMPT)) < 0);
  }

  private static int policy(DataPolicy policy) {
    return (policy.zdr() ? 0 : NO_ZDR)
        | (policy.training() ? TRAINS : 0)
        | (policy.retainsPrompts() ? RETAINS : 0);
  }

  /// Returns whether it belongs to no paid-for or cut-price service tier.
  public boolean inDefaultTier() {
    return tier == ServiceTiers.DEFAULT;
  }

  /// Returns whether an item has a price, if only a price of 0.
  public boolean hasPriceOf(Item item) {
    return (priced & 1 << item.ordinal()) != 0;
  }
}
