package dev.signalbox.billing.account;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// What turns a copy of the key table into nothing of use: kept outside the database.
public final class Pepper {
  private final SecretKeySpec key;

  public Pepper(String text) {
    if (text.length() < 16) {
      throw new IllegalArgumentException("SIGNALBOX_PEPPER must have 16 characters or more.");
    }
    this.key = new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  /// Returns the configured pepper, or one that is made on first use and kept in a file.
  public static Pepper of(@Nullable String configured, Path data) {
    if (configured != null && !configured.isBlank()) {
      return new Pepper(configured);
    }
    try {
      Path file = data.resolve("pepper");
      if (!Files.exists(file)) {
        Files.createDirectories(data);
        Path fresh =
            Files.createTempFile(
                data,
                "pepper",
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
      return new Pepper(Files.readString(file).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("The pepper in " + data + " cannot be read.", e);
    }
  }

  /// Returns the HMAC-SHA-256 of a secret.
  public byte[] mac(String secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(secret.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has HMAC-SHA-256", e);
    }
  }
}
