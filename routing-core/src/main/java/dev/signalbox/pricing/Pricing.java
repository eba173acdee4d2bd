package dev.signalbox.pricing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An endpoint's prices: USD per unit, exact. The keys are the wire contract's.
///
/// @param prices the price of each item that has one; [Item#PROMPT] and [Item#COMPLETION] always do
/// @param discount fraction taken off every price; negative is a markup of the provider's own
/// @param overrides prices that hold under conditions; of those that apply, a later one wins per
///   item
/// @param tiers what every price is multiplied with where the provider served another service tier
public record Pricing(
    Map<Item, BigDecimal> prices,
    BigDecimal discount,
    List<PriceOverride> overrides,
    Map<String, BigDecimal> tiers) {

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
    tiers = Map.copyOf(tiers);
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
    for (var tier : tiers.entrySet()) {
      if (tier.getValue().signum() < 0) {
        throw new IllegalArgumentException(
            "pricing.service_tiers.%s: %s (expected: >= 0)"
                .formatted(tier.getKey(), tier.getValue().toPlainString()));
      }
    }
    if (discount.compareTo(BigDecimal.ONE) > 0) {
      throw new IllegalArgumentException(
          "pricing.discount: %s (expected: <= 1)".formatted(discount.toPlainString()));
    }
  }

  public Pricing(Map<Item, BigDecimal> prices, BigDecimal discount, List<PriceOverride> overrides) {
    this(prices, discount, overrides, Map.of());
  }

  public static Pricing of(String prompt, String completion) {
    return new Pricing(
        Map.of(Item.PROMPT, new BigDecimal(prompt), Item.COMPLETION, new BigDecimal(completion)),
        BigDecimal.ZERO,
        List.of());
  }

  private static Map<Item, BigDecimal> copy(Map<Item, BigDecimal> prices) {
    var copy = new EnumMap<Item, BigDecimal>(Item.class);
    copy.putAll(prices);
    return Collections.unmodifiableMap(copy);
  }

  /// Returns whether prompt and completion cost nothing.
  public boolean isFree() {
    return price(Item.PROMPT).signum() == 0 && price(Item.COMPLETION).signum() == 0;
  }

  /// Returns what usage costs at a moment: exact, nothing is rounded.
  ///
  /// Items without a price of their own cost what they are part of: cached tokens the prompt price,
  /// reasoning the completion price; a write to the one-hour cache what a write to the usual one
  /// costs, cached audio what is cached.
  public Cost cost(Usage usage, Instant at) {
    var applied = new Applied(usage.promptTokens(), at);
    Money prompt =
        applied
            .of(usage.freshPrompt(), Item.PROMPT)
            .plus(applied.of(usage.imagePrompt(), Item.IMAGE_TOKEN, Item.PROMPT))
            .plus(applied.of(usage.audioPrompt(), Item.AUDIO, Item.PROMPT))
            .plus(applied.of(usage.cacheRead(), Item.INPUT_CACHE_READ, Item.PROMPT))
            .plus(
                applied.of(
                    usage.audioCacheRead(),
                    Item.INPUT_AUDIO_CACHE,
                    Item.INPUT_CACHE_READ,
                    Item.PROMPT))
            .plus(applied.of(usage.cacheWrite(), Item.INPUT_CACHE_WRITE, Item.PROMPT))
            .plus(
                applied.of(
                    usage.cacheWrite1h(),
                    Item.INPUT_CACHE_WRITE_1H,
                    Item.INPUT_CACHE_WRITE,
                    Item.PROMPT));
    Money completion =
        applied
            .of(usage.visible(), Item.COMPLETION)
            .plus(applied.of(usage.reasoning(), Item.INTERNAL_REASONING, Item.COMPLETION))
            .plus(applied.of(usage.audioCompletion(), Item.AUDIO_OUTPUT, Item.COMPLETION))
            .plus(applied.of(usage.imageCompletion(), Item.IMAGE_OUTPUT, Item.COMPLETION));
    Money other =
        applied
            .of(1, Item.REQUEST)
            .plus(applied.of(usage.images(), Item.IMAGE))
            .plus(applied.of(usage.webSearches(), Item.WEB_SEARCH));
    return new Cost(prompt, completion, other);
  }

  /// The prices in force for one prompt length at one time.
  private final class Applied {
    private final long promptTokens;
    private final @Nullable OffsetDateTime at;

    Applied(long promptTokens, Instant at) {
      this.promptTokens = promptTokens;
      this.at = overrides.isEmpty() ? null : at.atOffset(ZoneOffset.UTC);
    }

    /// @param items of these, the first that has a price
    Money of(long count, Item... items) {
      if (count == 0) {
        return Money.ZERO;
      }
      @Nullable BigDecimal own = null;
      for (int i = 0; i < items.length && own == null; i++) {
        own = lookUp(items[i]);
      }
      if (own == null || own.signum() == 0) {
        return Money.ZERO;
      }
      BigDecimal listed = own.multiply(BigDecimal.valueOf(count));
      return new Money(
          discount.signum() == 0 ? listed : listed.multiply(BigDecimal.ONE.subtract(discount)));
    }

    private @Nullable BigDecimal lookUp(Item item) {
      if (at == null) {
        return prices.get(item);
      }
      for (int i = overrides.size() - 1; i >= 0; i--) {
        PriceOverride override = overrides.get(i);
        BigDecimal price = override.prices().get(item);
        if (price != null && override.applies(promptTokens, at)) {
          return price;
        }
      }
      return prices.get(item);
    }
  }

  /// Returns the prices that a prompt of some length pays at a moment: those in force, without
  /// conditions. Usage of that length costs the same at them at any time.
  public Pricing inForce(long promptTokens, Instant at) {
    if (overrides.isEmpty()) {
      return this;
    }
    var applied = new Applied(promptTokens, at);
    var inForce = new EnumMap<Item, BigDecimal>(Item.class);
    for (Item item : Item.values()) {
      BigDecimal price = applied.lookUp(item);
      if (price != null) {
        inForce.put(item, price);
      }
    }
    return new Pricing(inForce, discount, List.of(), tiers);
  }

  /// Returns the prices of a service tier: these, multiplied with what is said of it.
  public Pricing ofTier(String tier) {
    @Nullable BigDecimal factor = tiers.get(tier);
    return factor == null ? this : raised(factor, Map.of());
  }

  /// Returns these prices raised by a percentage, exactly.
  public Pricing withMarkup(BigDecimal percent) {
    if (percent.signum() == 0) {
      return this;
    }
    return raised(BigDecimal.ONE.add(percent.movePointLeft(2)), tiers);
  }

  private Pricing raised(BigDecimal factor, Map<String, BigDecimal> tiers) {
    return new Pricing(
        raised(prices, factor),
        discount,
        overrides.stream()
            .map(
                override ->
                    new PriceOverride(
                        override.minPromptTokens(),
                        override.utcStart(),
                        override.utcEnd(),
                        raised(override.prices(), factor)))
            .toList(),
        tiers);
  }

  private static Map<Item, BigDecimal> raised(Map<Item, BigDecimal> prices, BigDecimal factor) {
    var raised = new EnumMap<Item, BigDecimal>(Item.class);
    prices.forEach((item, price) -> raised.put(item, price.multiply(factor)));
    return raised;
  }

  /// Returns the listed price of an item, before discount and overrides; zero when it has none.
  public BigDecimal price(Item item) {
    return prices.getOrDefault(item, BigDecimal.ZERO);
  }

  /// Returns the listed price of an item with the discount taken off.
  public BigDecimal effective(Item item) {
    BigDecimal listed = price(item);
    return discount.signum() == 0 ? listed : listed.multiply(BigDecimal.ONE.subtract(discount));
  }

  /// Returns the price of an item for one prompt length at one moment: overrides that apply and the
  /// discount included.
  public BigDecimal inForce(Item item, long promptTokens, Instant at) {
    if (overrides.isEmpty()) {
      return effective(item);
    }
    @Nullable BigDecimal price = new Applied(promptTokens, at).lookUp(item);
    return price == null ? BigDecimal.ZERO : price.multiply(BigDecimal.ONE.subtract(discount));
  }
}
