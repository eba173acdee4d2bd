package dev.signalbox.gateway.upstream;

import java.net.URI;

/// Where connections go: they are shared by all calls to the same origin.
///
/// @param connectTimeoutMillis part of it, since a connection is made in one caller's time
/// @param guarded its URL arrived over the API: its host may be none of a private network
record Origin(boolean tls, String host, int port, int connectTimeoutMillis, boolean guarded) {
  static Origin of(URI uri, int connectTimeoutMillis, boolean guarded) {
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    String host = uri.getHost();
    if (host == null) {
      throw new IllegalArgumentException("url: " + uri + " (expected: one with a host)");
    }
    boolean bracketed = host.startsWith("[");
    return new Origin(
        tls,
        bracketed ? host.substring(1, host.length() - 1) : host,
        port,
        connectTimeoutMillis,
        guarded);
  }

  /// The `Host` of a request; the port only where it is not the scheme's own.
  String authority() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (tls ? 443 : 80) ? name : name + ":" + port;
  }
}
