package dev.signalbox.billing.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/// The secret of a key, and what of it may be shown.
public final class KeySecret {
  private static final String PREFIX = "sk-or-v1-";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HexFormat HEX = HexFormat.of();
  private static final MessageDigest UNUSED = lookUp();

  private KeySecret() {}

  /// Returns a new secret of 256 bits.
  public static String generate() {
    byte[] random = new byte[32];
    RANDOM.nextBytes(random);
    return PREFIX + HEX.formatHex(random);
  }

  /// Returns the public handle: lowercase hex SHA-256 of the whole secret.
  public static String hash(String secret) {
    return HEX.formatHex(sha256().digest(secret.getBytes(StandardCharsets.UTF_8)));
  }

  /// A copy of one that was never used: to look it up again costs as much as to use it.
  private static MessageDigest sha256() {
    try {
      return (MessageDigest) UNUSED.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("Java's own SHA-256 can be copied", e);
    }
  }

  private static MessageDigest lookUp() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /// Returns the masked form: `sk-or-v1-abc...xyz`.
  public static String label(String secret) {
    String prefix = secret.startsWith(PREFIX) ? PREFIX : "";
    String rest = secret.substring(prefix.length());
    return prefix + rest.substring(0, 3) + "..." + rest.substring(rest.length() - 3);
  }
}
