package dev.signalbox.db;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.nio.file.Path;
import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

/// Connects to the database that is configured, else to an embedded one, and brings its schema up to
/// date before anything uses it.
@Configuration(proxyBeanMethods = false)
public class DatabaseConfiguration {
  private static final int POOL_SIZE = 10;

  /// The embedded server, where there is one: closed last.
  record Database(DatabaseAddress address, AutoCloseable server) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      server.close();
    }
  }

  @Bean
  Database database(
      @Value("${signalbox.database-url:}") String url,
      @Value("${signalbox.data:./data}") Path data) {
    if (!url.isBlank()) {
      return new Database(DatabaseAddress.parse(url), () -> {});
    }
    EmbeddedPostgres server = EmbeddedPostgres.start(data.resolve("postgres"));
    return new Database(server.address(), server);
  }

  @Bean
  PostgresqlConnectionFactory postgres(Database database) {
    DatabaseAddress address = database.address();
    return new PostgresqlConnectionFactory(
        PostgresqlConnectionConfiguration.builder()
            .host(address.host())
            .port(address.port())
            .database(address.database())
            .username(address.user())
            .password(address.password())
            .applicationName("signalbox")
            .connectTimeout(Duration.ofSeconds(2))
            .statementTimeout(Duration.ofSeconds(10))
            .build());
  }

  @Bean(destroyMethod = "dispose")
  ConnectionPool pool(PostgresqlConnectionFactory postgres) {
    return new ConnectionPool(
        ConnectionPoolConfiguration.builder(postgres)
            .maxSize(POOL_SIZE)
            .initialSize(0)
            .maxAcquireTime(Duration.ofSeconds(2))
            .maxIdleTime(Duration.ofMinutes(5))
            .build());
  }

  /// Depends on the migrated schema by taking it as an argument.
  @Bean
  DatabaseClient databaseClient(ConnectionPool pool, Schema schema) {
    return DatabaseClient.create(pool);
  }

  /// The schema, once it is up to date.
  ///
  /// @param version of the last migration
  public record Schema(String version) {}

  @Bean
  Schema schema(Database database) {
    DatabaseAddress address = database.address();
    var result =
        Flyway.configure()
            .dataSource(address.jdbcUrl(), address.user(), address.password())
            .locations("classpath:db/migration")
            .connectRetries(30)
            .connectRetriesInterval(2)
            .load()
            .migrate();
    return new Schema(String.valueOf(result.targetSchemaVersion));
  }
}
