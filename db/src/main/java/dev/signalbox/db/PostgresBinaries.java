package dev.signalbox.db;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// The PostgreSQL that ships with the product, unpacked.
record PostgresBinaries(Path home) {
  private static final String ARCHIVE = "postgres-linux-x86_64.txz";
  private static final Pattern VERSION = Pattern.compile("linux-amd64-([0-9.]+)\\.jar");

  /// Unpacks the archive below a directory, unless that is done already.
  static PostgresBinaries below(Path directory) throws IOException {
    String arch = System.getProperty("os.arch");
    if (!System.getProperty("os.name").equals("Linux") || !arch.equals("amd64")) {
      throw new IllegalStateException(
          "The embedded PostgreSQL runs on Linux x86-64 only: set SIGNALBOX_DATABASE_URL to a"
              + " PostgreSQL of your own.");
    }
    URL archive = PostgresBinaries.class.getClassLoader().getResource(ARCHIVE);
    if (archive == null) {
      throw new IllegalStateException("No embedded PostgreSQL on the class path.");
    }
    Matcher version = VERSION.matcher(archive.toString());
    Path home = directory.resolve("postgres-" + (version.find() ? version.group(1) : "bundled"));
    if (!Files.exists(home.resolve("bin/postgres"))) {
      Files.createDirectories(directory);
      Path partial = Files.createTempDirectory(directory, "unpacking-");
      unpack(archive, partial);
      try {
        // Atomic: a directory of the final name is always complete.
        Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        delete(partial);
        if (!Files.exists(home.resolve("bin/postgres"))) {
          throw e;
        }
      }
    }
    return new PostgresBinaries(home);
  }

  String program(String name) {
    return home.resolve("bin").resolve(name).toAbsolutePath().toString();
  }

  private static void unpack(URL archive, Path target) throws IOException {
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (InputStream raw = new BufferedInputStream(archive.openStream());
        var tar = new TarArchiveInputStream(new XZCompressorInputStream(raw))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path file = target.resolve(entry.getName()).normalize();
        if (!file.startsWith(target)) {
          throw new IOException("The archive reaches outside of itself: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(file);
          continue;
        }
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, file);
          boolean program = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(
              file, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
