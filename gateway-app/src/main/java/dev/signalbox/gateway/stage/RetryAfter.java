package dev.signalbox.gateway.stage;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Reads `Retry-After` in each form that providers use, and believes none of them for long.
final class RetryAfter {
  /// Longer waits are taken for this long: a provider's mistake must not remove it for hours.
  static final long MAX_SECONDS = 300;

  private static final Pattern NUMBER = Pattern.compile("\\d{1,12}(?:\\.\\d{1,12})?");

  private RetryAfter() {}

  static OptionalLong seconds(HttpHeaders headers, Instant now) {
    String millis = headers.get("retry-after-ms");
    if (millis != null && isNumber(millis)) {
      return bounded(Math.ceil(Double.parseDouble(millis.trim()) / 1000));
    }
    String value = headers.get("retry-after");
    if (value == null) {
      return OptionalLong.empty();
    }
    if (isNumber(value)) {
      return bounded(Math.ceil(Double.parseDouble(value.trim())));
    }
    try {
      var until = ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME);
      return bounded(Duration.between(now, until.toInstant()).toSeconds());
    } catch (DateTimeException _) {
      return OptionalLong.empty();
    }
  }

  /// Some count in fractions.
  private static boolean isNumber(String text) {
    return NUMBER.matcher(text.trim()).matches();
  }

  private static OptionalLong bounded(double seconds) {
    return seconds < 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.min(seconds, MAX_SECONDS));
  }
}
