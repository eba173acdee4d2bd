package dev.signalbox.db;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/// A real PostgreSQL of our own, with its data in a directory that survives us.
///
/// It listens on loopback only, asks for a password that is generated once, syncs to disk, and ends
/// with the process that started it.
public final class EmbeddedPostgres implements AutoCloseable {
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path home;
  private final RandomAccessFile lockFile;
  private final Process server;
  private final DatabaseAddress address;

  private EmbeddedPostgres(
      Path home, RandomAccessFile lockFile, Process server, DatabaseAddress address) {
    this.home = home;
    this.lockFile = lockFile;
    this.server = server;
    this.address = address;
  }

  /// Starts a server over the data in a directory, which is made if need be.
  ///
  /// @throws IllegalStateException if another process uses the directory, or the server cannot start
  public static EmbeddedPostgres start(Path home) {
    try {
      return launch(home.toAbsolutePath());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start the embedded PostgreSQL in " + home, e);
    }
  }

  private static EmbeddedPostgres launch(Path home) throws IOException {
    Files.createDirectories(home);
    var lockFile = new RandomAccessFile(home.resolve("lock").toFile(), "rw");
    FileLock lock = lockFile.getChannel().tryLock();
    if (lock == null) {
      throw new IllegalStateException(
          "Another Signalbox uses %s; give this one a directory of its own (SIGNALBOX_DATA)"
              .formatted(home));
    }
    Path software = home.resolve("software");
    if (!Files.exists(software.resolve("complete"))) {
      extract(software);
      Files.createFile(software.resolve("complete"));
    }
    Path data = home.resolve("cluster");
    String password = password(home.resolve("password"));
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      run(
          home,
          software.resolve("bin/initdb").toString(),
          "-A",
          "scram-sha-256",
          "-U",
          "postgres",
          "-E",
          "UTF8",
          "--no-locale",
          "--pwfile=" + home.resolve("password"),
          "-D",
          data.toString());
    }
    int port = freePort();
    Process server = serve(home, software, data, port);
    var address = new DatabaseAddress("127.0.0.1", port, "postgres", "postgres", password, "");
    var postgres = new EmbeddedPostgres(home, lockFile, server, address);
    postgres.awaitReady();
    return postgres;
  }

  private static String password(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      Files.createFile(
          file,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, HexFormat.of().formatHex(random));
    }
    return Files.readString(file).trim();
  }

  private static void extract(Path software) throws IOException {
    try (InputStream resource = EmbeddedPostgres.class.getResourceAsStream(ARCHIVE)) {
      if (resource == null) {
        throw new IllegalStateException(
            "No embedded PostgreSQL for this platform; set SIGNALBOX_DATABASE_URL");
      }
      var tar =
          new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(resource)));
      @Nullable TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        Path target = software.resolve(entry.getName()).normalize();
        if (!target.startsWith(software)) {
          throw new IOException("entry outside the archive: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else if (entry.isSymbolicLink()) {
          Files.createDirectories(target.getParent());
          Files.deleteIfExists(target);
          Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(tar, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
          if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
          }
        }
      }
    }
  }

  /// PostgreSQL refuses to run as root, so root gives it a user namespace of its own; and the kernel
  /// is asked to stop it with us, however we end.
  private static List<String> command(String... arguments) {
    var command = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U"));
    }
    if (Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
      command.addAll(List.of("setpriv", "--pdeathsig", "INT", "--"));
    }
    command.addAll(List.of(arguments));
    return command;
  }

  private static void run(Path home, String... arguments) throws IOException {
    Path log = home.resolve("initdb.log");
    Process process =
        new ProcessBuilder(command(arguments))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(
            "The embedded PostgreSQL could not be set up; see %s, or set SIGNALBOX_DATABASE_URL"
                .formatted(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /*
   * The kernel ends the child when the thread that started it ends, not the process. So the thread
   * that starts it waits for it.
   */
  private static Process serve(Path home, Path software, Path data, int port) {
    var started = new java.util.concurrent.CompletableFuture<Process>();
    Thread.ofPlatform()
        .daemon()
        .name("embedded-postgres")
        .start(
            () -> {
              try {
                Process process =
                    new ProcessBuilder(
                            command(
                                software.resolve("bin/postgres").toString(),
                                "-D",
                                data.toString(),
                                "-p",
                                Integer.toString(port),
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "unix_socket_directories=",
                                "-c",
                                "io_method=sync",
                                "-c",
                                "shared_buffers=64MB"))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("postgres.log").toFile())
                        .start();
                started.complete(process);
                process.waitFor();
              } catch (IOException e) {
                started.completeExceptionally(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return started.join();
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline && server.isAlive()) {
      try (var connection =
          java.sql.DriverManager.getConnection(
              address.jdbcUrl(), address.user(), address.password())) {
        return;
      } catch (java.sql.SQLException _) {
        pause();
      }
    }
    close();
    throw new IllegalStateException(
        "The embedded PostgreSQL did not start; see " + home.resolve("postgres.log"));
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public DatabaseAddress address() {
    return address;
  }

  /// Stops the server cleanly; without clients, at once.
  @Override
  public void close() {
    try {
      // SIGINT is PostgreSQL's fast shutdown.
      new ProcessBuilder("kill", "-INT", Long.toString(server.pid())).start().waitFor();
      if (!server.waitFor(20, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
      lockFile.close();
    } catch (IOException e) {
      server.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
