package dev.signalbox.gateway.upstream.signing;

import dev.signalbox.gateway.offer.Upstream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/// Shows an access token of Google's. The credential is a service account (its JSON, or the path of
/// its file); anything else is taken for a token.
final class GoogleSigning implements Signing {
  private static final int MAX_ACCOUNTS = 1_000;

  private final HttpClient client;
  private final Clock clock;
  private final Map<String, AccessTokens> accounts = new ConcurrentHashMap<>();

  GoogleSigning(HttpClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public Mono<Map<String, String>> headers(
      Upstream upstream, String method, URI uri, List<ByteBuffer> body) {
    String credential = upstream.apiKey();
    if (credential.isEmpty()) {
      return Mono.just(upstream.headers());
    }
    boolean account =
        credential.startsWith("{") || credential.startsWith("/") || credential.endsWith(".json");
    Mono<String> token = account ? tokens(credential).token() : Mono.just(credential);
    return token.map(text -> with(upstream, text));
  }

  private static Map<String, String> with(Upstream upstream, String token) {
    var headers = new HashMap<>(upstream.headers());
    headers.put("authorization", "Bearer " + token);
    return headers;
  }

  private AccessTokens tokens(String credential) {
    if (accounts.size() > MAX_ACCOUNTS) {
      accounts.clear();
    }
    return accounts.computeIfAbsent(
        credential, fileOrJson -> new AccessTokens(fileOrJson, client, clock));
  }
}
