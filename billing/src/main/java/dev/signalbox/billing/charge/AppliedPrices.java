package dev.signalbox.billing.charge;

import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.math.BigDecimal;
import java.util.EnumMap;

/// Prices as a usage record keeps them, so that it can be computed anew from itself.
public final class AppliedPrices {
  private AppliedPrices() {}

  /// Returns prices without conditions as JSON. What stands in for a price that is missing is
  /// written down too, where the database would not know it.
  public static String json(Pricing pricing) {
    var prices = new EnumMap<Item, BigDecimal>(pricing.prices());
    BigDecimal write = prices.get(Item.INPUT_CACHE_WRITE);
    if (write != null) {
      prices.putIfAbsent(Item.INPUT_CACHE_WRITE_1H, write);
    }
    var json = new StringBuilder("{");
    prices.forEach(
        (item, price) ->
            json.append('"')
                .append(item.key())
                .append("\":\"")
                .append(price.toPlainString())
                .append("\","));
    return json.append("\"discount\":\"")
        .append(pricing.discount().toPlainString())
        .append("\"}")
        .toString();
  }
}
