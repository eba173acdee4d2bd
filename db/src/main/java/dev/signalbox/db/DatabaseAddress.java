package dev.signalbox.db;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Where a PostgreSQL database is, and who connects. Never prints its password.
///
/// @param parameters as PostgreSQL's JDBC driver spells them: `sslmode`, `ApplicationName`, …
public record DatabaseAddress(
    String host,
    int port,
    String database,
    String user,
    String password,
    Map<String, String> parameters) {

  /// How R2DBC spells the parameters that it spells otherwise.
  private static final Map<String, String> R2DBC_NAMES =
      Map.of(
          "sslmode", "sslMode",
          "sslrootcert", "sslRootCert",
          "sslcert", "sslCert",
          "sslkey", "sslKey",
          "ApplicationName", "applicationName",
          "application_name", "applicationName",
          "currentSchema", "schema");

  public DatabaseAddress {
    parameters = Map.copyOf(parameters);
  }

  /// Reads `postgresql://`, `postgres://`, `r2dbc:postgresql://` and `jdbc:postgresql://` URLs.
  ///
  /// @throws IllegalArgumentException in words that do not repeat the URL
  public static DatabaseAddress parse(String url) {
    String rest = url.strip();
    for (String prefix : new String[] {"jdbc:", "r2dbc:", "pool:"}) {
      rest = rest.startsWith(prefix) ? rest.substring(prefix.length()) : rest;
    }
    if (!rest.startsWith("postgresql://") && !rest.startsWith("postgres://")) {
      throw invalid("it must start with postgresql://, r2dbc:postgresql:// or jdbc:postgresql://");
    }
    URI uri = uri(rest);
    if (uri.getHost() == null) {
      throw invalid(
          "it must name one host; special characters in the password are to be %-encoded");
    }
    Map<String, String> parameters = parameters(uri.getRawQuery());
    String user = parameters.remove("user");
    String password = parameters.remove("password");
    if (uri.getRawUserInfo() != null) {
      String[] parts = uri.getRawUserInfo().split(":", 2);
      user = decoded(parts[0]);
      password = parts.length == 2 ? decoded(parts[1]) : password;
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    if (path.length() < 2) {
      throw invalid("it must name a database: postgresql://user:password@host:5432/database");
    }
    return new DatabaseAddress(
        uri.getHost(),
        uri.getPort() == -1 ? 5432 : uri.getPort(),
        path.substring(1),
        user == null ? "postgres" : user,
        password == null ? "" : password,
        parameters);
  }

  /// Returns the JDBC URL, without user and password.
  public String jdbcUrl() {
    // A server that takes the connection and says nothing must not hold up a start for long.
    var all =
        new LinkedHashMap<>(
            Map.of("connectTimeout", "5", "loginTimeout", "30", "socketTimeout", "600"));
    all.putAll(parameters);
    return "jdbc:postgresql://%s:%d/%s?%s"
        .formatted(
            host,
            port,
            encoded(database),
            all.entrySet().stream()
                .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
                .collect(Collectors.joining("&")));
  }

  /// Returns the options for an R2DBC connection, without time-outs.
  public ConnectionFactoryOptions r2dbcOptions() {
    var options =
        ConnectionFactoryOptions.builder()
            .option(ConnectionFactoryOptions.DRIVER, "postgresql")
            .option(
                ConnectionFactoryOptions.HOST,
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
            .option(ConnectionFactoryOptions.PORT, port)
            .option(ConnectionFactoryOptions.DATABASE, database)
            .option(ConnectionFactoryOptions.USER, user)
            .option(ConnectionFactoryOptions.PASSWORD, password);
    parameters.forEach(
        (name, value) ->
            options.option(Option.valueOf(R2DBC_NAMES.getOrDefault(name, name)), value));
    return options.build();
  }

  @Override
  public String toString() {
    return "%s@%s:%d/%s".formatted(user, host, port, database);
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      // The exception's message holds the URL, and so the password.
      throw invalid("special characters in user and password are to be %-encoded");
    }
  }

  private static Map<String, String> parameters(@org.jspecify.annotations.Nullable String query) {
    var found = new LinkedHashMap<String, String>();
    if (query != null) {
      for (String pair : query.split("&")) {
        String[] parts = pair.split("=", 2);
        found.put(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : "");
      }
    }
    return found;
  }

  private static String decoded(String text) {
    // A plus is a plus in the user part of a URL; only forms read it as a space.
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static IllegalArgumentException invalid(String why) {
    return new IllegalArgumentException("The database URL cannot be used: " + why + ".");
  }
}
