package dev.signalbox.billing.account;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
    return new Pepper(KeptSecret.of(configured, data, "pepper"));
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
