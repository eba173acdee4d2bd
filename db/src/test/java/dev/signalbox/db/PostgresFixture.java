package dev.signalbox.db;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// A real PostgreSQL for tests: a container where Docker answers, else the embedded server. One per
/// JVM, with a fresh and migrated database for whoever asks.
public final class PostgresFixture {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final DatabaseAddress SERVER = start();

  private PostgresFixture() {}

  private static DatabaseAddress start() {
    if (dockerAnswers()) {
      var container = new PostgreSQLContainer("postgres:18-alpine");
      container.start();
      return new DatabaseAddress(
          container.getHost(),
          container.getMappedPort(5432),
          "postgres",
          container.getUsername(),
          container.getPassword(),
          "");
    }
    try {
      Path directory = Files.createTempDirectory("signalbox-postgres");
      EmbeddedPostgres server = EmbeddedPostgres.start(directory);
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      return server.address();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static boolean dockerAnswers() {
    try {
      return DockerClientFactory.instance().isDockerAvailable();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /// Returns a fresh database with the schema in it.
  public static DatabaseAddress freshDatabase() {
    String name = "test_" + DATABASES.incrementAndGet();
    try (var connection =
            DriverManager.getConnection(SERVER.jdbcUrl(), SERVER.user(), SERVER.password());
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
    var address =
        new DatabaseAddress(
            SERVER.host(), SERVER.port(), name, SERVER.user(), SERVER.password(), "");
    Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .load()
        .migrate();
    return address;
  }

  /// Returns a URL in the form that operators give.
  public static String url(DatabaseAddress address) {
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(
            address.user(), address.password(), address.host(), address.port(), address.database());
  }
}
