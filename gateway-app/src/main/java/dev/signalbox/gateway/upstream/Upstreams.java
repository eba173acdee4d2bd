package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.upstream.signing.Signings;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.Disposable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/// Reaches providers over pooled connections: one pool per host.
public final class Upstreams implements Disposable {
  private static final int MAX_RESPONSE_HEADER_BYTES = 32 * 1024;

  private final ConnectionProvider pool;
  private final HttpClient client;
  private final Signings signings;
  private final Map<Duration, HttpClient> byConnectTimeout = new ConcurrentHashMap<>();
  private final Map<String, URI> uris = new ConcurrentHashMap<>();

  /// @param maxConnections to one host
  /// @param maxPending requests that may wait for a connection to one host
  public Upstreams(int maxConnections, int maxPending) {
    pool =
        ConnectionProvider.builder("signalbox-upstream")
            .maxConnections(maxConnections)
            .pendingAcquireMaxCount(maxPending)
            .pendingAcquireTimeout(Duration.ofSeconds(10))
            .maxIdleTime(Duration.ofSeconds(50))
            .evictInBackground(Duration.ofSeconds(10))
            .lifo()
            .build();
    client =
        HttpClient.create(pool)
            // A POST that may have reached the provider is never sent twice behind our back.
            .disableRetry(true)
            .followRedirect(false)
            .headers(headers -> headers.set("accept", "*/*").set("user-agent", "signalbox"))
            .httpResponseDecoder(spec -> spec.maxHeaderSize(MAX_RESPONSE_HEADER_BYTES));
    signings = new Signings(client);
  }

  /// Starts one attempt.
  public HttpAttempt send(
      Upstream upstream, UpstreamRequest request, HttpAttempt.Listener listener) {
    var attempt = new HttpAttempt(listener);
    HttpClient client = clientFor(upstream.connectTimeout());
    URI uri = uri(upstream, request.path());
    signings
        .of(upstream.dialect())
        .headers(upstream, "POST", uri, request.body())
        .subscribe(
            credentials -> attempt.send(client, uri, request, credentials),
            error -> listener.end(attempt, error));
    return attempt;
  }

  private HttpClient clientFor(Duration connectTimeout) {
    return byConnectTimeout.computeIfAbsent(
        connectTimeout,
        timeout -> client.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis()));
  }

  /*
   * Paths come from the catalog (a model's name may be part of one), so there are few, and reading a
   * URI costs more than the look-up.
   */
  private URI uri(Upstream upstream, String path) {
    String text = upstream.baseUrl() + path;
    URI known = uris.get(text);
    if (known != null) {
      return known;
    }
    if (uris.size() > 10_000) {
      uris.clear();
    }
    return uris.computeIfAbsent(text, URI::create);
  }

  @Override
  public void dispose() {
    pool.dispose();
  }
}
