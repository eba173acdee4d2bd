package dev.signalbox.gateway.stage;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;

/// Reads `Retry-After` in each form that providers use, and believes none of them for long.
final class RetryAfter {
  /// Longer waits are taken for this long: a provider's mistake must not remove it for hours.
  static final long MAX_SECONDS = 60;

  private RetryAfter() {}

  static OptionalLong seconds(HttpHeaders headers, Instant now) {
    String millis = headers.get("retry-after-ms");
    if (millis != null && isNumber(millis)) {
      return bounded((Long.parseLong(millis.trim()) + 999) / 1000);
    }
    String value = headers.get("retry-after");
    if (value == null) {
      return OptionalLong.empty();
    }
    if (isNumber(value)) {
      return bounded(Long.parseLong(value.trim()));
    }
    try {
      var until = ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME);
      return bounded(Duration.between(now, until.toInstant()).toSeconds());
    } catch (DateTimeException _) {
      return OptionalLong.empty();
    }
  }

  private static boolean isNumber(String text) {
    String trimmed = text.trim();
    return !trimmed.isEmpty()
        && trimmed.length() <= 12
        && trimmed.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static OptionalLong bounded(long seconds) {
    return seconds < 0 ? OptionalLong.empty() : OptionalLong.of(Math.min(seconds, MAX_SECONDS));
  }
}
