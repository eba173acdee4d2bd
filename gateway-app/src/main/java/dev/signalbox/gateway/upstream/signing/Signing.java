package dev.signalbox.gateway.upstream.signing;

import dev.signalbox.gateway.offer.Upstream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/// Makes the headers that authenticate one call to a provider.
public interface Signing {
  /// @param body not consumed
  Mono<Map<String, String>> headers(
      Upstream upstream, String method, URI uri, List<ByteBuffer> body);
}
