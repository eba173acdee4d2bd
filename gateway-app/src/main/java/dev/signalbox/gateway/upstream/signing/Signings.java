package dev.signalbox.gateway.upstream.signing;

import dev.signalbox.gateway.dialect.Dialect;
import dev.signalbox.gateway.offer.Upstream;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/// How each dialect's calls are signed.
public final class Signings {
  private final Signing bearer = withKey("authorization", "Bearer ");
  private final Signing anthropicKey = withKey("x-api-key", "");
  private final Signing azureKey = withKey("api-key", "");
  private final Signing googleKey = withKey("x-goog-api-key", "");
  private final Signing aws = new AwsSigning(bearer);
  private final Signing google;

  /// @param client for what must be fetched first
  public Signings(HttpClient client) {
    google = new GoogleSigning(client, Clock.systemUTC());
  }

  public Signing of(Dialect dialect) {
    return switch (dialect) {
      case OPENAI, OPENAI_RESPONSES, MISTRAL, COHERE, SANDBOX -> bearer;
      case ANTHROPIC -> anthropicKey;
      case AZURE_OPENAI, AZURE_RESPONSES -> azureKey;
      case GEMINI -> googleKey;
      case VERTEX -> google;
      case BEDROCK -> aws;
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
