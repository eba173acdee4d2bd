package dev.signalbox.db;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.ReactiveTransactionManager;

/// The database, the pool of connections to it, and its schema.
@AutoConfiguration(before = {R2dbcAutoConfiguration.class, FlywayAutoConfiguration.class})
@EnableConfigurationProperties(DatabaseSettings.class)
public class DatabaseConfiguration {
  private static final Duration STATEMENT = Duration.ofSeconds(5);
  private static final Duration LOCK = Duration.ofSeconds(2);

  @Bean(destroyMethod = "close")
  Database database(DatabaseSettings settings) {
    return Database.open(settings);
  }

  @Bean
  DatabaseAddress databaseAddress(Database database) {
    return database.address();
  }

  @Bean(destroyMethod = "close")
  Migrations migrations(DatabaseAddress address) {
    return new Migrations(address);
  }

  /// Flyway runs only where there are JDBC details beside its own.
  @Bean
  JdbcConnectionDetails jdbcConnectionDetails(DatabaseAddress address) {
    return new JdbcDetails(address);
  }

  @Bean
  FlywayConnectionDetails flywayConnectionDetails(DatabaseAddress address) {
    return new FlywayDetails(address);
  }

  @Bean
  R2dbcConnectionDetails r2dbcConnectionDetails(DatabaseAddress address) {
    return () -> options(address);
  }

  /// A small pool that gives up soon: nothing on the hot path waits for it.
  @Bean(destroyMethod = "dispose")
  ConnectionPool connectionPool(DatabaseAddress address, DatabaseSettings settings) {
    return pool(address, settings.databaseConnections());
  }

  /// Boot leaves transactions to JDBC where it finds a driver of it, and ours is only Flyway's.
  @Bean
  ReactiveTransactionManager transactionManager(ConnectionPool connectionPool) {
    return new R2dbcTransactionManager(connectionPool);
  }

  /// Opens a pool with the gateway's time-outs.
  public static ConnectionPool pool(DatabaseAddress address, int connections) {
    ConnectionFactory factory = factory(address);
    return new ConnectionPool(
        ConnectionPoolConfiguration.builder(factory)
            .name("signalbox")
            .initialSize(0)
            .minIdle(0)
            .maxSize(connections)
            .maxAcquireTime(Duration.ofMillis(900))
            .maxCreateConnectionTime(Duration.ofMillis(900))
            .maxIdleTime(Duration.ofMinutes(10))
            .acquireRetry(0)
            .registerJmx(false)
            .build());
  }

  /// Returns a way to connect outside of the pool, for a connection that stays: a listener's.
  public static ConnectionFactory factory(DatabaseAddress address) {
    return ConnectionFactories.get(options(address));
  }

  private static ConnectionFactoryOptions options(DatabaseAddress address) {
    return address
        .r2dbcOptions()
        .mutate()
        .option(ConnectionFactoryOptions.CONNECT_TIMEOUT, Duration.ofMillis(900))
        .option(PostgresqlConnectionFactoryProvider.STATEMENT_TIMEOUT, STATEMENT)
        .option(PostgresqlConnectionFactoryProvider.LOCK_WAIT_TIMEOUT, LOCK)
        .option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true)
        .build();
  }

  private record JdbcDetails(DatabaseAddress address) implements JdbcConnectionDetails {
    @Override
    public String getUsername() {
      return address.user();
    }

    @Override
    public String getPassword() {
      return address.password();
    }

    @Override
    public String getJdbcUrl() {
      return address.jdbcUrl();
    }
  }

  private record FlywayDetails(DatabaseAddress address) implements FlywayConnectionDetails {
    @Override
    public String getUsername() {
      return address.user();
    }

    @Override
    public String getPassword() {
      return address.password();
    }

    @Override
    public String getJdbcUrl() {
      return address.jdbcUrl();
    }
  }
}
