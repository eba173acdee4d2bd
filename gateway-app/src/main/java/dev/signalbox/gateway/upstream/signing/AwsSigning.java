package dev.signalbox.gateway.upstream.signing;

import dev.signalbox.gateway.offer.Upstream;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/// Signs calls to AWS with an access key (Signature Version 4), or shows a Bedrock API key.
///
/// Options: `secret_key`, `session_token`, `region` (default: the one in the host's name).
final class AwsSigning implements Signing {
  private static final String SERVICE = "bedrock";
  private static final Pattern BEARER_KEY = Pattern.compile("(ABSK|bedrock-api-key-).*");
  private static final Pattern REGION_IN_HOST =
      Pattern.compile("[\\w-]+\\.([a-z0-9-]+)\\.amazonaws\\..*");

  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final Signing bearer;

  /// @param bearer for API keys
  AwsSigning(Signing bearer) {
    this.bearer = bearer;
  }

  @Override
  public Mono<Map<String, String>> headers(
      Upstream upstream, String method, URI uri, List<ByteBuffer> body) {
    String secret = upstream.options().getOrDefault("secret_key", "");
    if (secret.isEmpty() || BEARER_KEY.matcher(upstream.apiKey()).matches()) {
      return bearer.headers(upstream, method, uri, body);
    }
    return Mono.fromCallable(() -> signed(upstream, secret, method, uri, body));
  }

  private Map<String, String> signed(
      Upstream upstream, String secret, String method, URI uri, List<ByteBuffer> body) {
    var request = SdkHttpRequest.builder().method(SdkHttpMethod.fromValue(method)).uri(uri).build();
    var signed =
        signer.sign(
            ask ->
                ask.identity(identity(upstream, secret))
                    .request(request)
                    .payload(() -> stream(body))
                    .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region(upstream, uri)));
    var headers = new HashMap<>(upstream.headers());
    signed
        .request()
        .forEachHeader(
            (name, values) -> {
              if (!name.equalsIgnoreCase("Host")) {
                headers.put(name.toLowerCase(Locale.ROOT), values.getFirst());
              }
            });
    return headers;
  }

  private static AwsCredentialsIdentity identity(Upstream upstream, String secret) {
    String token = upstream.options().getOrDefault("session_token", "");
    return token.isEmpty()
        ? AwsCredentialsIdentity.create(upstream.apiKey(), secret)
        : AwsSessionCredentialsIdentity.create(upstream.apiKey(), secret, token);
  }

  private static String region(Upstream upstream, URI uri) {
    return Optional.ofNullable(upstream.options().get("region"))
        .or(() -> inHost(uri))
        .orElse("us-east-1");
  }

  private static Optional<String> inHost(URI uri) {
    Matcher matcher = REGION_IN_HOST.matcher(uri.getHost() == null ? "" : uri.getHost());
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static InputStream stream(List<ByteBuffer> body) {
    var pieces = body.stream().<InputStream>map(AwsSigning::stream).toList();
    return new SequenceInputStream(Collections.enumeration(pieces));
  }

  private static InputStream stream(ByteBuffer piece) {
    return new ByteArrayInputStream(
        piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
  }
}
