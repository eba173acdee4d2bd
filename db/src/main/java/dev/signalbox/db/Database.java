package dev.signalbox.db;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The database in use: an external one, or a server of our own that ends with it.
public final class Database implements AutoCloseable {
  private final DatabaseAddress address;
  private final @Nullable EmbeddedPostgres embedded;

  private Database(DatabaseAddress address, @Nullable EmbeddedPostgres embedded) {
    this.address = address;
    this.embedded = embedded;
  }

  static Database open(DatabaseSettings settings) {
    String url = settings.databaseUrl();
    if (url != null && !url.isBlank()) {
      return new Database(DatabaseAddress.parse(url), null);
    }
    Path data = settings.data();
    if (Files.exists(data) && !Files.isWritable(data)) {
      throw new IllegalStateException(
          "The data directory " + data.toAbsolutePath() + " is not writable (SIGNALBOX_DATA).");
    }
    EmbeddedPostgres embedded = EmbeddedPostgres.start(data);
    return new Database(embedded.address(), embedded);
  }

  public DatabaseAddress address() {
    return address;
  }

  @Override
  public void close() {
    if (embedded != null) {
      embedded.close();
    }
  }
}
