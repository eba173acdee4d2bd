package dev.signalbox.billing.account;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// A secret of the installation: configured, or made on first use and kept in a file that only its
/// owner reads.
public final class KeptSecret {
  private KeptSecret() {}

  /// @param name of the file in the directory of data
  public static String of(@Nullable String configured, Path data, String name) {
    if (configured != null && !configured.isBlank()) {
      return configured;
    }
    try {
      Path file = data.resolve(name);
      if (!Files.exists(file)) {
        make(data, name, file);
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("The %s in %s cannot be read.".formatted(name, data), e);
    }
  }

  private static void make(Path data, String name, Path file) throws IOException {
    Files.createDirectories(data);
    Path fresh =
        Files.createTempFile(
            data,
            name,
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, KeySecret.hash(KeySecret.generate()));
    try {
      // A link fails where the file exists: of two that start at once, one wins.
      Files.createLink(file, fresh);
      Files.delete(fresh);
    } catch (FileAlreadyExistsException e) {
      Files.delete(fresh);
    } catch (UnsupportedOperationException e) {
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
