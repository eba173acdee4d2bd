package dev.signalbox.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/// A real PostgreSQL that one test has for itself, with the whole schema: it may be stopped,
/// started again with its data and at its address, and frozen so that it neither answers nor hangs
/// up.
public final class OwnPostgres implements AutoCloseable {
  private final Path directory;
  private final DatabaseAddress address;
  private @Nullable EmbeddedPostgres server;

  /// @param directory for its data; the test removes it
  public static OwnPostgres start(Path directory) {
    var postgres = new OwnPostgres(directory);
    DatabaseAddress address = postgres.address;
    Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .load()
        .migrate();
    return postgres;
  }

  private OwnPostgres(Path directory) {
    this.directory = directory;
    EmbeddedPostgres started = launch();
    this.server = started;
    this.address = started.address();
  }

  private EmbeddedPostgres launch() {
    return EmbeddedPostgres.start(
        directory, PostgresFixture.PROGRAMS, List.of("fsync=off", "max_connections=200"));
  }

  public DatabaseAddress address() {
    return address;
  }

  /// Ends every session at once; from then on connections are refused.
  public void stop() {
    EmbeddedPostgres running = server;
    if (running != null) {
      server = null;
      running.close();
    }
  }

  /// Does what `pg_ctl stop -m immediate` does: sessions are cut, nothing is written.
  public void kill() {
    EmbeddedPostgres running = server;
    if (running != null) {
      ProcessHandle process = ProcessHandle.of(running.pid()).orElseThrow();
      send("QUIT", Long.toString(running.pid()));
      process.onExit().join();
      stop();
    }
  }

  /// Starts it again where it was stopped.
  public void start() {
    if (server == null) {
      EmbeddedPostgres started = launch();
      server = started;
      if (started.address().port() != address.port()) {
        throw new IllegalStateException("another program took port " + address.port());
      }
    }
  }

  /// Lets connections hang: the kernel still takes them, nobody answers.
  public void freeze() {
    signal("STOP");
  }

  public void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    EmbeddedPostgres running = server;
    if (running == null) {
      throw new IllegalStateException("the server is stopped");
    }
    // The postmaster first: it could start another session in the meantime.
    String pids =
        ProcessHandle.of(running.pid())
            .map(handle -> Stream.concat(Stream.of(handle), handle.descendants()))
            .orElseThrow()
            .map(handle -> Long.toString(handle.pid()))
            .collect(Collectors.joining(" "));
    send(name, pids);
  }

  private static void send(String name, String pids) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + name + " " + pids).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (server != null) {
      thaw();
    }
    stop();
  }
}
