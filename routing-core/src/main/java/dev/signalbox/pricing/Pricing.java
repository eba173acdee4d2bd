package dev.signalbox.pricing;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An endpoint's prices: USD per unit, exact. The keys are the wire contract's (section 4.1).
///
/// @param prices the price of each item that has one; [Item#PROMPT] and [Item#COMPLETION] always do
/// @param discount fraction taken off every price; negative is a markup of the provider's own
/// @param overrides prices that hold under conditions; of those that apply, a later one wins per item
public record Pricing(
    Map<Item, BigDecimal> prices, BigDecimal discount, List<PriceOverride> overrides) {

  /// Something that has a price of its own.
  public enum Item {
    PROMPT("prompt"),
    COMPLETION("completion"),
    REQUEST("request"),
    IMAGE("image"),
    IMAGE_OUTPUT("image_output"),
    IMAGE_TOKEN("image_token"),
    AUDIO("audio"),
    AUDIO_OUTPUT("audio_output"),
    INPUT_AUDIO_CACHE("input_audio_cache"),
    INPUT_CACHE_READ("input_cache_read"),
    INPUT_CACHE_WRITE("input_cache_write"),
    INPUT_CACHE_WRITE_1H("input_cache_write_1h"),
    INTERNAL_REASONING("internal_reasoning"),
    WEB_SEARCH("web_search");

    private final String key;

    Item(String key) {
      this.key = key;
    }

    /// The item's name in catalogs and listings.
    public String key() {
      return key;
    }

    public static Optional<Item> ofKey(String key) {
      for (Item item : values()) {
        if (item.key.equals(key)) {
          return Optional.of(item);
        }
      }
      return Optional.empty();
    }
  }

  public static final Pricing FREE = of("0", "0");

  public Pricing {
    prices = copy(prices);
    overrides = List.copyOf(overrides);
    if (!prices.containsKey(Item.PROMPT) || !prices.containsKey(Item.COMPLETION)) {
      throw new IllegalArgumentException("pricing: no prompt or completion price (expected: both)");
    }
    for (var price : prices.entrySet()) {
      if (price.getValue().signum() < 0) {
        throw new IllegalArgumentException(
            "pricing.%s: %s (expected: >= 0)"
                .formatted(price.getKey().key(), price.getValue().toPlainString()));
      }
    }
    if (discount.compareTo(BigDecimal.ONE) > 0) {
      throw new IllegalArgumentException(
          "pricing.discount: %s (expected: <= 1)".formatted(discount.toPlainString()));
    }
  }

  public static Pricing of(String prompt, String completion) {
    return new Pricing(
        Map.of(
            Item.PROMPT, new BigDecimal(prompt), Item.COMPLETION, new BigDecimal(completion)),
        BigDecimal.ZERO,
        List.of());
  }

  private static Map<Item, BigDecimal> copy(Map<Item, BigDecimal> prices) {
    var copy = new EnumMap<Item, BigDecimal>(Item.class);
    copy.putAll(prices);
    return java.util.Collections.unmodifiableMap(copy);
  }

  /// Returns whether prompt and completion cost nothing.
  public boolean isFree() {
    return price(Item.PROMPT).signum() == 0 && price(Item.COMPLETION).signum() == 0;
  }

  /// Returns the listed price of an item, before discount and overrides; zero when it has none.
  public BigDecimal price(Item item) {
    return prices.getOrDefault(item, BigDecimal.ZERO);
  }
}
