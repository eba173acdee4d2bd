package dev.signalbox.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.wire.JsonText;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static final String KEY = "w0rd/Canary+7193-of-ours";

  private static final Upstream UPSTREAM =
      new Upstream(
          EndpointId.of("a/b", "acme"),
          URI.create("https://acme.example"),
          false,
          "b",
          Dialect.OPENAI,
          KEY,
          Map.of(),
          Set.of(),
          Map.of("secret_key", "another-canary-4711"),
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO);

  private static String shown(String message) {
    String json = "{\"error\":{\"message\":" + JsonText.quote(message) + "}}";
    var fault = Faults.of(400, json.getBytes(StandardCharsets.UTF_8));
    return Redaction.of(fault, UPSTREAM).message();
  }

  @Test
  void whatTellsNothingIsShown() {
    assertThat(shown("The model word-canaries is not known"))
        .isEqualTo("The model word-canaries is not known");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
  void noFormOfACredentialIsShown(int form) {
    byte[] bytes = KEY.getBytes(StandardCharsets.UTF_8);
    String told =
        switch (form) {
          case 0 -> KEY;
          case 1 -> URLEncoder.encode(KEY, StandardCharsets.UTF_8);
          case 2 -> Base64.getEncoder().encodeToString(bytes);
          case 3 -> HexFormat.of().formatHex(bytes);
          case 4 -> new StringBuilder(KEY).reverse().toString().toUpperCase(Locale.ROOT);
          case 5 -> String.join("\u200b", KEY.split(""));
          case 6 -> "<b>" + KEY + "</b>";
          case 7 -> KEY.substring(0, 9) + "…";
          case 8 -> Base64.getUrlEncoder().encodeToString(bytes);
          default -> "another-canary-4711";
        };
    assertThat(shown("Bad key " + told + "!"))
        .isIn("Provider returned error", "Bad key [removed]!");
  }
}
