package dev.signalbox.db;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Which database to use.
///
/// @param databaseUrl an external PostgreSQL; without it, an embedded one runs
/// @param data where the embedded one, and all other local state, is kept
@ConfigurationProperties("signalbox")
public record DatabaseSettings(
    @Nullable String databaseUrl,
    @DefaultValue("./data") Path data,
    @DefaultValue("10") int databaseConnections) {

  /// Leaves the URL out: it may hold a password.
  @Override
  public String toString() {
    return "DatabaseSettings[data=" + data + "]";
  }
}
