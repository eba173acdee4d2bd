package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.offer.HostRules;
import dev.signalbox.gateway.offer.Upstream;
import dev.signalbox.gateway.upstream.signing.Signings;
import dev.signalbox.gateway.wire.Document;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;

/// Reaches providers over connections that are kept.
public final class Upstreams implements Disposable {
  private static final AsciiString JSON = AsciiString.cached("application/json");
  private static final AsciiString ANY = AsciiString.cached("*/*");
  private static final AsciiString SIGNALBOX = AsciiString.cached("signalbox");
  private static final String GUARDED = "guarded ";
  private static final int MAX_KNOWN_URLS = 10_000;

  private final Connections connections;
  private final Signings signings;
  private final Map<String, Address> addresses = new ConcurrentHashMap<>();

  private record Address(URI uri, Origin origin, String path, String authority) {}

  /// @param maxConnections to one host
  /// @param maxPending requests that may wait for a connection to one host
  /// @param hosts for URLs that arrived over the API
  public Upstreams(int maxConnections, int maxPending, HostRules hosts) {
    HttpResources resources = HttpResources.get();
    connections =
        new Connections(
            resources,
            resources.getOrCreateDefaultResolver(),
            new GuardedNames(hosts),
            new Tls(null),
            maxConnections,
            maxPending);
    signings = new Signings(HttpClient.create());
  }

  /// Shows how many connections there are to each host, and who waits for one.
  public void observe(MeterRegistry registry) {
    connections.onFirstUse(
        (origin, usage) -> {
          gauge(registry, origin, "open", usage.open);
          gauge(registry, origin, "idle", usage.idle);
          gauge(registry, origin, "waiting", usage.waiting);
        });
  }

  private static void gauge(
      MeterRegistry registry, Origin origin, String state, AtomicInteger count) {
    Gauge.builder("signalbox.upstream.connections", count, AtomicInteger::get)
        .tags("host", origin.authority(), "state", state)
        .register(registry);
  }

  /// Starts one attempt.
  ///
  /// @param viewed whose bytes the request's may be: held until they are sent
  /// @param near the loop of the caller's connection, if there is one
  public HttpAttempt send(
      Upstream upstream,
      UpstreamRequest request,
      Document viewed,
      @Nullable EventLoop near,
      HttpAttempt.Listener listener) {
    viewed.hold();
    var attempt = new HttpAttempt(listener, near == null ? connections.anyLoop() : near);
    Address address = address(upstream, request.path());
    signings
        .of(upstream.dialect())
        .headers(upstream, "POST", address.uri(), request.body())
        .subscribe(
            credentials -> send(attempt, address, request, viewed, credentials),
            error -> {
              viewed.letGo();
              listener.end(attempt, error);
            });
    return attempt;
  }

  private void send(
      HttpAttempt attempt,
      Address address,
      UpstreamRequest request,
      Document viewed,
      Map<String, String> credentials) {
    if (!attempt.loop().inEventLoop()) {
      attempt.loop().execute(() -> send(attempt, address, request, viewed, credentials));
    } else if (attempt.isGivenUp()) {
      viewed.letGo();
    } else {
      attempt.prepare(message(address, request, viewed, credentials));
      connections.connect(address.origin(), attempt);
    }
  }

  private static FullHttpRequest message(
      Address address, UpstreamRequest request, Document viewed, Map<String, String> credentials) {
    var message =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.POST, address.path(), body(request, viewed));
    HttpHeaders headers = message.headers();
    headers.set(HttpHeaderNames.HOST, address.authority());
    headers.set(HttpHeaderNames.ACCEPT, ANY);
    headers.set(HttpHeaderNames.USER_AGENT, SIGNALBOX);
    headers.set(HttpHeaderNames.CONTENT_TYPE, JSON);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(request.bodyLength()));
    request.headers().forEach(headers::set);
    credentials.forEach(headers::set);
    return message;
  }

  private static ByteBuf body(UpstreamRequest request, Document viewed) {
    ByteBuffer[] pieces = request.body().toArray(ByteBuffer[]::new);
    return viewed.isLent()
        ? new ViewedBody(pieces, viewed)
        : Unpooled.wrappedBuffer(pieces.length, pieces);
  }

  /*
   * Paths come from the catalog (a model's name may be part of one), so there are few, and reading a
   * URI costs more than the look-up.
   */
  private Address address(Upstream upstream, String path) {
    String text = upstream.baseUrl() + path;
    Address known = addresses.get(upstream.guarded() ? GUARDED + text : text);
    if (known != null) {
      return known;
    }
    if (addresses.size() > MAX_KNOWN_URLS) {
      addresses.clear();
    }
    URI uri = URI.create(text);
    Origin origin = Origin.of(uri, (int) upstream.connectTimeout().toMillis(), upstream.guarded());
    String query = uri.getRawQuery();
    String target = uri.getRawPath() + (query == null ? "" : "?" + query);
    var address = new Address(uri, origin, target, origin.authority());
    addresses.put(upstream.guarded() ? GUARDED + text : text, address);
    return address;
  }

  @Override
  public void dispose() {
    connections.close();
  }
}
