package dev.signalbox.gateway.stage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/// What a request's headers say (contract, section 0.5).
///
/// @param sessionId the header's; the body's wins
/// @param forwarded those that are a provider's business
/// @param wantsMetadata `openrouter_metadata` is to be part of the answer
record CallerHeaders(
    Optional<String> sessionId,
    boolean wantsMetadata,
    Optional<String> userAgent,
    Optional<String> referer,
    Optional<String> title,
    Map<String, String> forwarded) {

  private static final Pattern VERSION = Pattern.compile("[\\w.-]{1,32}");
  private static final Pattern BETAS = Pattern.compile("[\\w.,: -]{1,1024}");

  static CallerHeaders of(HttpHeaders headers) {
    String wanted = headers.getFirst("X-OpenRouter-Metadata");
    if (wanted == null) {
      wanted = headers.getFirst("X-OpenRouter-Experimental-Metadata");
    }
    String title = headers.getFirst("X-OpenRouter-Title");
    if (title == null) {
      title = headers.getFirst("X-Title");
    }
    return new CallerHeaders(
        Optional.ofNullable(headers.getFirst("x-session-id")),
        "enabled".equalsIgnoreCase(wanted),
        bounded(headers.getFirst(HttpHeaders.USER_AGENT)),
        bounded(headers.getFirst("HTTP-Referer")).or(() -> bounded(headers.getFirst("Referer"))),
        bounded(title),
        forwarded(headers));
  }

  /// Anthropic's clients say in headers which of its versions and previews they know.
  private static Map<String, String> forwarded(HttpHeaders headers) {
    String version = headers.getFirst("anthropic-version");
    List<String> betas = new ArrayList<>();
    for (String name : List.of("anthropic-beta", "x-anthropic-beta")) {
      betas.addAll(headers.getOrEmpty(name));
    }
    if (version == null && betas.isEmpty()) {
      return Map.of();
    }
    var forwarded = new HashMap<String, String>();
    if (version != null && VERSION.matcher(version).matches()) {
      forwarded.put("anthropic-version", version);
    }
    String all = String.join(",", betas);
    if (!all.isEmpty() && BETAS.matcher(all).matches()) {
      forwarded.put("anthropic-beta", all);
    }
    return forwarded;
  }

  private static Optional<String> bounded(@Nullable String value) {
    return value == null
        ? Optional.empty()
        : Optional.of(value.length() <= 256 ? value : value.substring(0, 256));
  }

  /// Returns the credential, or null: a bearer token, or Anthropic's `x-api-key`.
  static @Nullable String secret(HttpHeaders headers) {
    String authorization = headers.getFirst(HttpHeaders.AUTHORIZATION);
    if (authorization != null) {
      return authorization.regionMatches(true, 0, "Bearer ", 0, 7)
          ? authorization.substring(7).trim()
          : null;
    }
    return headers.getFirst("x-api-key");
  }
}
