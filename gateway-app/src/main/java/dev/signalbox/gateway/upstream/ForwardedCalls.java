package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.offer.HostRules;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.upstream.signing.Signings;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/// Makes calls to providers that are no attempts at a generation: of any method, with bodies that
/// stream.
public final class ForwardedCalls implements Disposable {
  private static final int MAX_CONNECTIONS = 500;
  private static final int MAX_WAITING = 1_000;
  private static final int MAX_RESPONSE_HEADER_BYTES = 32 * 1024;

  private final ConnectionProvider pool =
      ConnectionProvider.builder("signalbox-forwarded")
          .maxConnections(MAX_CONNECTIONS)
          .pendingAcquireMaxCount(MAX_WAITING)
          .pendingAcquireTimeout(Duration.ofSeconds(10))
          .maxIdleTime(Duration.ofSeconds(50))
          .build();
  private final HttpClient client =
      HttpClient.create(pool)
          // What may have reached the provider is never sent twice behind our back.
          .disableRetry(true)
          .followRedirect(false)
          .headers(headers -> headers.set("accept", "*/*").set("user-agent", "signalbox"))
          .httpResponseDecoder(spec -> spec.maxHeaderSize(MAX_RESPONSE_HEADER_BYTES));
  private final Signings signings = new Signings(client);
  private final GuardedNames guardedNames;

  /// @param hosts for URLs that arrived over the API
  public ForwardedCalls(HostRules hosts) {
    guardedNames = new GuardedNames(hosts);
  }

  public HttpClient client(Upstream upstream) {
    HttpClient timed =
        client
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) upstream.connectTimeout().toMillis())
            .responseTimeout(upstream.firstByteTimeout());
    return upstream.guarded() ? timed.resolver(guardedNames) : timed;
  }

  /// Returns the headers that authenticate a call whose body is not signed.
  public Mono<Map<String, String>> credentials(Upstream upstream, String method, URI uri) {
    return signings.of(upstream.dialect()).headers(upstream, method, uri, List.of());
  }

  @Override
  public void dispose() {
    pool.dispose();
    guardedNames.close();
  }
}
