package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.ApiKeys;
import dev.signalbox.gateway.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;

/// Who is calling, by the key of the request; fails with the contract's [Problem] otherwise.
public final class Callers {
  private final ApiKeys keys;

  Callers(ApiKeys keys) {
    this.keys = keys;
  }

  /// Returns the caller of a route for inference keys.
  public Mono<ApiKey> inference(ServerHttpRequest request) {
    return any(request)
        .filter(key -> !key.management())
        .switchIfEmpty(
            Mono.error(() -> Problem.forbidden("Management keys cannot perform this operation")));
  }

  /// Returns the caller of a route for management keys.
  public Mono<ApiKey> management(ServerHttpRequest request) {
    return any(request)
        .filter(ApiKey::management)
        .switchIfEmpty(
            Mono.error(() -> Problem.forbidden("Only management keys can perform this operation")));
  }

  /// Returns the caller of a route for operators. Whether another key is good is not told here.
  public Mono<ApiKey> operator(ServerHttpRequest request) {
    return any(request)
        .filter(key -> key.kind() == ApiKey.Kind.OPERATOR)
        .switchIfEmpty(
            Mono.error(() -> Problem.unauthenticated("Only operator keys are accepted here")));
  }

  /// Returns the caller of a route for all kinds.
  public Mono<ApiKey> any(ServerHttpRequest request) {
    String secret = secret(request.getHeaders());
    if (secret == null) {
      return Mono.error(Problem.unauthenticated("Missing Authentication header"));
    }
    return keys.find(secret)
        .switchIfEmpty(Mono.error(() -> Problem.unauthenticated("User not found.")))
        .flatMap(
            key ->
                keys.refusal(key)
                    .map(reason -> Mono.<ApiKey>error(Problem.unauthenticated(reason)))
                    .orElseGet(() -> Mono.just(key)));
  }

  private static @Nullable String secret(HttpHeaders headers) {
    String bearer = headers.getFirst(HttpHeaders.AUTHORIZATION);
    if (bearer != null && bearer.regionMatches(true, 0, "Bearer ", 0, 7)) {
      String secret = bearer.substring(7).strip();
      return secret.isEmpty() ? null : secret;
    }
    String key = headers.getFirst("x-api-key");
    return key == null || key.isBlank() ? null : key.strip();
  }
}
