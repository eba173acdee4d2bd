package dev.signalbox.db;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// Where PostgreSQL is, and who we are there. Its text shows no password.
public record DatabaseAddress(
    String host, int port, String database, String user, String password, String parameters) {

  /// Reads `postgresql://user:password@host:port/database?parameters`, also with `postgres`,
  /// `r2dbc:postgresql` or `jdbc:postgresql` in front.
  ///
  /// @throws IllegalArgumentException saying what is missing; without the URL, which has a password
  public static DatabaseAddress parse(String url) {
    String plain = url.replaceFirst("^(r2dbc:|jdbc:)", "").replaceFirst("^postgres:", "postgresql:");
    URI uri;
    try {
      uri = URI.create(plain);
    } catch (IllegalArgumentException _) {
      throw wrong("not a URL");
    }
    if (!"postgresql".equals(uri.getScheme())) {
      throw wrong("not a postgresql URL");
    }
    if (uri.getHost() == null) {
      throw wrong("no host");
    }
    String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
    if (path.isEmpty()) {
      throw wrong("no database");
    }
    String[] credentials =
        uri.getRawUserInfo() == null
            ? new String[] {"postgres"}
            : uri.getRawUserInfo().split(":", 2);
    return new DatabaseAddress(
        uri.getHost(),
        uri.getPort() < 0 ? 5432 : uri.getPort(),
        path,
        decoded(credentials[0]),
        credentials.length > 1 ? decoded(credentials[1]) : "",
        uri.getRawQuery() == null ? "" : uri.getRawQuery());
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(
        "SIGNALBOX_DATABASE_URL: %s (expected: postgresql://user:password@host:5432/database)"
            .formatted(what));
  }

  public String jdbcUrl() {
    String base = "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
    return parameters.isEmpty() ? base : base + "?" + parameters;
  }

  @Override
  public String toString() {
    return "%s@%s:%d/%s".formatted(user, host, port, database);
  }
}
