package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.cache.CacheRule;
import dev.signalbox.gateway.cache.CacheWish;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/// What a request's headers say.
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
    Map<String, String> forwarded,
    CacheWish cache) {

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
        ForwardedHeaders.of(headers),
        CacheWish.of(
            headers.getFirst("X-OpenRouter-Cache"),
            headers.getFirst("X-OpenRouter-Cache-TTL"),
            headers.getFirst("X-OpenRouter-Cache-Clear")));
  }

  /// Returns the same with what a preset says of the response cache.
  CallerHeaders under(CacheRule rule) {
    return rule.equals(CacheRule.NONE)
        ? this
        : new CallerHeaders(
            sessionId, wantsMetadata, userAgent, referer, title, forwarded, cache.under(rule));
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
