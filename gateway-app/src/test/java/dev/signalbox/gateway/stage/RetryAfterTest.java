package dev.signalbox.gateway.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /// No hint is -1.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retry-after | 20 | 20",
        "retry-after | 0 | 0",
        "retry-after | 7.66 | 8",
        "retry-after | 240 | 240",
        "retry-after | 86400 | 300",
        "retry-after | 99999999999999 | -1",
        "retry-after | soon | -1",
        "retry-after | -3 | -1",
        "retry-after | Thu, 01 Jan 2026 00:01:30 GMT | 90",
        "retry-after | Wed, 31 Dec 2025 00:00:00 GMT | -1",
        "retry-after-ms | 1200 | 2",
        "retry-after-ms | 12.5 | 1",
      })
  void isReadInEveryForm(String name, String value, long seconds) {
    var headers = new DefaultHttpHeaders().add(name, value);
    assertThat(RetryAfter.seconds(headers, NOW).orElse(-1)).isEqualTo(seconds);
  }
}
