package dev.signalbox.db;

import io.r2dbc.pool.ConnectionPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import reactor.core.publisher.Mono;

/// A real PostgreSQL for tests: one server per JVM, a fresh and migrated database for each asker.
public final class PostgresFixture {
  static final Path PROGRAMS =
      Path.of(System.getProperty("java.io.tmpdir"), "signalbox-test-programs");

  private static final AtomicInteger COUNTER = new AtomicInteger();

  private PostgresFixture() {}

  /// Returns a new database with the whole schema.
  public static DatabaseAddress migrated() {
    DatabaseAddress template = Template.ADDRESS;
    return create(" TEMPLATE " + template.database());
  }

  /// Returns a new database with nothing in it.
  public static DatabaseAddress empty() {
    return create("");
  }

  /// Returns a server that the asker may stop, start and freeze; the others' is never touched.
  public static OwnPostgres own(Path directory) {
    return OwnPostgres.start(directory);
  }

  /// Opens a pool such as the gateway's.
  public static ConnectionPool pool(DatabaseAddress address) {
    // A process's first connection loads so much that it may take longer than a pool waits.
    Mono.from(DatabaseConfiguration.factory(address).create())
        .flatMap(connection -> Mono.from(connection.close()))
        .block(Eventually.PATIENCE);
    return DatabaseConfiguration.pool(address, 5);
  }

  /// Runs statements over JDBC.
  public static void execute(DatabaseAddress address, String sql) {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Returns the address as a URL with its password, for `signalbox.database-url`.
  public static String url(DatabaseAddress address) {
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(
            address.user(), address.password(), address.host(), address.port(), address.database());
  }

  private static DatabaseAddress create(String suffix) {
    DatabaseAddress server = Server.ADDRESS;
    String name = "test_" + COUNTER.incrementAndGet();
    execute(server, "CREATE DATABASE " + name + suffix);
    return named(server, name);
  }

  private static DatabaseAddress named(DatabaseAddress server, String database) {
    return new DatabaseAddress(
        server.host(),
        server.port(),
        database,
        server.user(),
        server.password(),
        server.parameters());
  }

  /// Migrated once, then copied.
  private static final class Template {
    static final DatabaseAddress ADDRESS = make();

    private static DatabaseAddress make() {
      execute(Server.ADDRESS, "CREATE DATABASE template_migrated");
      DatabaseAddress address = named(Server.ADDRESS, "template_migrated");
      Flyway.configure()
          .dataSource(address.jdbcUrl(), address.user(), address.password())
          .load()
          .migrate();
      return address;
    }
  }

  private static final class Server {
    static final DatabaseAddress ADDRESS = dockerAnswers() ? container() : embedded();

    private static boolean dockerAnswers() {
      // Asking Docker takes seconds where there is none.
      if (!Files.exists(Path.of("/var/run/docker.sock")) && System.getenv("DOCKER_HOST") == null) {
        return false;
      }
      try {
        return DockerClientFactory.instance().isDockerAvailable();
      } catch (RuntimeException | LinkageError e) {
        return false;
      }
    }

    @SuppressWarnings("resource")
    private static DatabaseAddress container() {
      var container = new PostgreSQLContainer("postgres:18-alpine");
      container.start();
      return new DatabaseAddress(
          container.getHost(),
          container.getMappedPort(5432),
          container.getDatabaseName(),
          container.getUsername(),
          container.getPassword(),
          java.util.Map.of());
    }

    private static DatabaseAddress embedded() {
      try {
        Path directory = Files.createTempDirectory("signalbox-test-");
        EmbeddedPostgres postgres =
            EmbeddedPostgres.start(
                directory, PROGRAMS, List.of("fsync=off", "max_connections=200"));
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      postgres.close();
                      delete(directory);
                    }));
        return postgres.address();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path directory) {
      try (var files = Files.walk(directory)) {
        files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
