package dev.signalbox.db;

import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.internal.exception.FlywaySqlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// Brings the schema up to date: at start, or as soon as the database can be reached.
///
/// A database that is down must not keep the gateway from starting. One that answers and refuses (a
/// failed script, a schema newer than the program) does.
public final class Migrations implements FlywayMigrationStrategy, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Migrations.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final DatabaseAddress address;
  private final Sinks.One<Boolean> done = Sinks.one();
  private volatile boolean migrated;
  private volatile boolean closed;

  Migrations(DatabaseAddress address) {
    this.address = address;
  }

  /// Whether the schema is what this program expects.
  public boolean areDone() {
    return migrated;
  }

  /// Completes when the schema is what this program expects.
  public Mono<Void> done() {
    return done.asMono().then();
  }

  @Override
  public void migrate(Flyway flyway) {
    try {
      apply(flyway);
    } catch (FlywaySqlException e) {
      if (!unreachable(e)) {
        throw e;
      }
      log.warn("The database {} cannot be reached: starting without it", address);
      Thread.ofPlatform().daemon().name("migrations").start(() -> persist(flyway));
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private void persist(Flyway flyway) {
    while (!closed && !migrated) {
      try {
        Thread.sleep(PAUSE);
        apply(flyway);
        log.info("The database {} is back, its schema up to date", address);
      } catch (FlywaySqlException e) {
        if (!unreachable(e)) {
          log.error("The schema of {} could not be brought up to date", address, e);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        log.error("The schema of {} could not be brought up to date", address, e);
      }
    }
  }

  private void apply(Flyway flyway) {
    flyway.migrate();
    migrated = true;
    done.tryEmitValue(true);
  }

  /// Connection trouble (class 08), or a server that starts or stops (class 57P).
  private static boolean unreachable(FlywaySqlException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof java.sql.SQLException sql && sql.getSQLState() != null) {
        String state = sql.getSQLState();
        return state.startsWith("08") || state.startsWith("57P") || state.startsWith("53");
      }
    }
    return false;
  }
}
