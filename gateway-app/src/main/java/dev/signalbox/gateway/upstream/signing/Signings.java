package dev.signalbox.gateway.upstream.signing;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.offer.Upstream;
import java.util.HashMap;
import java.util.Map;
import reactor.core.publisher.Mono;

/// How each dialect's calls are signed.
public final class Signings {
  private static final Signing BEARER = withKey("authorization", "Bearer ");
  private static final Signing X_API_KEY = withKey("x-api-key", "");
  private static final Signing API_KEY = withKey("api-key", "");
  private static final Signing GOOGLE_KEY = withKey("x-goog-api-key", "");

  private Signings() {}

  public static Signing of(Dialect dialect) {
    return switch (dialect) {
      case OPENAI, MISTRAL, COHERE, SANDBOX, VERTEX, BEDROCK -> BEARER;
      case ANTHROPIC -> X_API_KEY;
      case AZURE_OPENAI -> API_KEY;
      case GEMINI -> GOOGLE_KEY;
    };
  }

  private static Signing withKey(String header, String prefix) {
    return (upstream, _, _, _) -> Mono.just(headers(upstream, header, prefix));
  }

  private static Map<String, String> headers(Upstream upstream, String header, String prefix) {
    if (upstream.apiKey().isEmpty()) {
      return upstream.headers();
    }
    var headers = new HashMap<>(upstream.headers());
    headers.put(header, prefix + upstream.apiKey());
    return headers;
  }
}
