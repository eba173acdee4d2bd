package dev.signalbox.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// However a provider writes a credential.
class RedactionWritingsTest {
  private static final String SECRET = "sk-Pro+vider/Canary=0123456789abcdef";

  @Test
  void noWritingOfASecretGoesThrough() {
    byte[] bytes = SECRET.getBytes(StandardCharsets.UTF_8);
    for (String written :
        List.of(
            SECRET,
            URLEncoder.encode(SECRET, StandardCharsets.UTF_8),
            Base64.getEncoder().encodeToString(bytes),
            Base64.getUrlEncoder().encodeToString(bytes),
            Base64.getEncoder()
                .encodeToString(("Bearer " + SECRET).getBytes(StandardCharsets.UTF_8)),
            Base64.getEncoder().encodeToString(("u:" + SECRET).getBytes(StandardCharsets.UTF_8)),
            HexFormat.of().formatHex(bytes),
            HexFormat.ofDelimiter(":").withUpperCase().formatHex(bytes),
            SECRET.toUpperCase(Locale.ROOT),
            new StringBuilder(SECRET).reverse().toString(),
            SECRET.chars().mapToObj(c -> (char) c + "\u200b").collect(Collectors.joining()),
            SECRET.chars().mapToObj(c -> "&#" + c + ";").collect(Collectors.joining()),
            SECRET.substring(0, 14),
            SECRET.substring(20))) {
      assertThat(Redaction.tells("Incorrect key <b>" + written + "</b> given", SECRET))
          .as(written)
          .isTrue();
    }
  }

  @Test
  void usualWordsDo() {
    assertThat(Redaction.tells("Incorrect API key provided: sk-…cdef", SECRET)).isFalse();
    assertThat(Redaction.tells("This model's maximum context length is 8192 tokens.", SECRET))
        .isFalse();
    assertThat(Redaction.tells("100% of %zz &#xffffffff; \ud800", SECRET)).isFalse();
  }
}
