package dev.signalbox.db;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A real PostgreSQL server that starts and stops with the gateway, on loopback, its data on disk.
///
/// Several gateways cannot share it: a second one on the same directory is refused.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String OWNER = "signalbox";

  private final PostgresBinaries binaries;
  private final Path directory;
  private final List<String> options;
  private final FileChannel lock;
  private final String password;
  private DatabaseAddress address;
  private @Nullable Process server;

  /// Starts a server that keeps its data in a directory.
  ///
  /// @param data the gateway's data directory
  public static EmbeddedPostgres start(Path data) {
    return start(data, data, List.of());
  }

  /// @param unpackBelow where the programs are, or are to be, unpacked
  /// @param options more server settings, `name=value`
  public static EmbeddedPostgres start(Path data, Path unpackBelow, List<String> options) {
    Path directory = data.resolve("postgres").toAbsolutePath().normalize();
    try {
      Files.createDirectories(directory);
      FileChannel lock = lock(directory);
      try {
        var postgres =
            new EmbeddedPostgres(
                PostgresBinaries.below(unpackBelow.toAbsolutePath()), directory, options, lock);
        postgres.start();
        return postgres;
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "The embedded PostgreSQL cannot use " + directory + ": " + e.getMessage(), e);
    }
  }

  private EmbeddedPostgres(
      PostgresBinaries binaries, Path directory, List<String> options, FileChannel lock)
      throws IOException {
    this.binaries = binaries;
    this.directory = directory;
    this.options = options;
    this.lock = lock;
    this.password = password(directory.resolve("password"));
    this.address = at(0, OWNER);
  }

  /// Where the server listens.
  public DatabaseAddress address() {
    return address;
  }

  /// Returns the server's process id, for tests that treat it badly.
  public long pid() {
    return Objects.requireNonNull(server).pid();
  }

  /// Stops the server in order: sessions are ended, data is written.
  @Override
  public void close() {
    Process running = server;
    server = null;
    try {
      if (running != null && running.isAlive()) {
        interrupt(running.toHandle());
      }
      lock.close();
    } catch (IOException e) {
      throw new IllegalStateException("The embedded PostgreSQL did not stop in order.", e);
    }
  }

  private void start() throws IOException {
    Path cluster = directory.resolve("cluster");
    if (!Files.exists(cluster.resolve("PG_VERSION"))) {
      create(cluster);
    }
    endOrphan(cluster.resolve("postmaster.pid"));
    int port = rememberedPort();
    for (int attempt = 0; ; attempt++) {
      address = at(port, OWNER);
      server = launch(cluster, port);
      if (answers()) {
        Files.writeString(directory.resolve("port"), Integer.toString(port));
        return;
      }
      if (attempt == 3) {
        throw new IOException("the server did not start; see " + directory.resolve("postgres.log"));
      }
      // Most likely another program took the port in the meantime.
      port = FreePort.chooseForDatabase();
    }
  }

  private void create(Path cluster) throws IOException {
    Path secret = Files.createTempFile(directory, "initdb", "");
    try {
      Files.writeString(secret, password);
      int exit =
          await(
              process(
                  List.of(
                      binaries.program("initdb"),
                      "-D",
                      cluster.toString(),
                      "-U",
                      OWNER,
                      "-A",
                      "scram-sha-256",
                      "--pwfile=" + secret,
                      "--encoding=UTF8",
                      "--locale=C")));
      if (exit != 0) {
        throw new IOException(
            "initdb failed; see "
                + directory.resolve("postgres.log")
                + ". Where user namespaces are forbidden, run as a user other than root or set"
                + " SIGNALBOX_DATABASE_URL");
      }
    } finally {
      Files.deleteIfExists(secret);
    }
  }

  private Process launch(Path cluster, int port) throws IOException {
    var command =
        new ArrayList<>(
            List.of(binaries.program("postgres"), "-D", cluster.toString(), "-p", "" + port));
    var settings =
        new ArrayList<>(
            List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "io_method=sync",
                "shared_buffers=64MB",
                "max_connections=60"));
    settings.addAll(options);
    settings.forEach(setting -> command.addAll(List.of("-c", setting)));
    var started = new CompletableFuture<Process>();
    // The kernel ends the server when the thread that started it ends: so this one stays.
    Thread.ofPlatform()
        .daemon()
        .name("embedded-postgres")
        .start(
            () -> {
              try {
                Process process = process(command);
                started.complete(process);
                process.waitFor();
              } catch (IOException | InterruptedException e) {
                started.completeExceptionally(e);
              }
            });
    try {
      return started.get();
    } catch (ExecutionException | InterruptedException e) {
      throw new IOException("the server could not be started", e);
    }
  }

  private Process process(List<String> command) throws IOException {
    var whole = new ArrayList<String>();
    // PostgreSQL refuses to be root; a user namespace makes root nobody in particular.
    if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      whole.addAll(List.of("unshare", "-U"));
    }
    if (Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
      whole.addAll(List.of("setpriv", "--pdeathsig", "INT", "--"));
    }
    whole.addAll(command);
    return new ProcessBuilder(whole)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve("postgres.log").toFile()))
        .start();
  }

  private boolean answers() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Process process = Objects.requireNonNull(server);
    while (process.isAlive() && System.nanoTime() < deadline) {
      try (Connection connection = connect("postgres")) {
        createDatabase(connection);
        return true;
      } catch (SQLException e) {
        if ("28P01".equals(e.getSQLState())) {
          throw new IOException("the password in " + directory + " is not the server's");
        }
        pause();
      }
    }
    process.destroyForcibly();
    return false;
  }

  private static void createDatabase(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var found =
            statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + OWNER + "'")) {
      if (!found.next()) {
        connection.createStatement().execute("CREATE DATABASE " + OWNER);
      }
    }
  }

  private Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(at(address.port(), database).jdbcUrl(), OWNER, password);
  }

  private DatabaseAddress at(int port, String database) {
    return new DatabaseAddress("127.0.0.1", port, database, OWNER, password, Map.of());
  }

  /// Ends the server of a gateway that died where the kernel did not end both, and forgets a
  /// process id that now belongs to another program.
  private void endOrphan(Path pidFile) throws IOException {
    if (!Files.exists(pidFile)) {
      return;
    }
    long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
    ProcessHandle handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive).orElse(null);
    if (handle != null) {
      Path cwd = Path.of("/proc/" + pid + "/cwd");
      boolean ours =
          Files.isReadable(cwd)
              && Files.exists(cwd)
              && cwd.toRealPath().equals(directory.resolve("cluster").toRealPath());
      if (ours) {
        interrupt(handle);
        return;
      }
    }
    Files.deleteIfExists(pidFile);
  }

  /// Asks a server to stop fast: SIGTERM would wait for every session to end by itself.
  private static void interrupt(ProcessHandle handle) throws IOException {
    await(new ProcessBuilder("sh", "-c", "kill -INT " + handle.pid()).start());
    try {
      handle.onExit().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      handle.destroyForcibly();
    }
  }

  private int rememberedPort() throws IOException {
    Path file = directory.resolve("port");
    if (Files.exists(file)) {
      int port = Integer.parseInt(Files.readString(file).strip());
      if (FreePort.isFree(port)) {
        return port;
      }
    }
    return FreePort.chooseForDatabase();
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Held by this very process: refused just the same.
    }
    channel.close();
    throw new IllegalStateException(
        "Another gateway is using the database in "
            + directory
            + ": give each its own SIGNALBOX_DATA, or all of them one SIGNALBOX_DATABASE_URL.");
  }

  private static String password(Path file) throws IOException {
    if (Files.exists(file)) {
      return Files.readString(file).strip();
    }
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String made = HexFormat.of().formatHex(random);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, made);
    return made;
  }

  private static int await(Process process) throws IOException {
    try {
      if (process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return process.exitValue();
      }
      process.destroyForcibly();
      throw new IOException("a program took longer than " + PATIENCE.toSeconds() + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
