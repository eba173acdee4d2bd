package dev.signalbox.gateway.dialect.canonical;

import java.math.BigDecimal;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Tells counts of tokens from what cannot be one.
public final class Counts {
  private static final BigDecimal LARGEST = BigDecimal.valueOf(1L << 40);

  private Counts() {}

  /// Returns whether every member of a usage that counts tokens is a whole number from 0 to 2^40,
  /// or null. What is not is no usage at all: the gateway then counts itself.
  public static boolean areBelievable(JsonNode usage) {
    for (var member : usage.properties()) {
      JsonNode value = member.getValue();
      boolean counts = member.getKey().toLowerCase(Locale.ROOT).contains("token");
      boolean good =
          value.isContainer()
              ? value.isArray() ? allBelievable(value) : areBelievable(value)
              : !counts || value.isNull() || isCount(value);
      if (!good) {
        return false;
      }
    }
    return true;
  }

  private static boolean allBelievable(JsonNode array) {
    for (JsonNode element : array) {
      if (element.isObject() && !areBelievable(element)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isCount(JsonNode value) {
    if (!value.isNumber()) {
      return false;
    }
    BigDecimal count = value.decimalValue();
    return count.signum() >= 0
        && count.compareTo(LARGEST) <= 0
        && count.stripTrailingZeros().scale() <= 0;
  }
}
