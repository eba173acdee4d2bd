package dev.signalbox.gateway.offer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Seals providers' credentials, so that a copy of the database opens no door.
public final class Vault {
  /*
   * Each credential is sealed with a key of its own (AES-256-GCM), and that key with the
   * installation's, which is not in the database. Both name their row as associated data: what was
   * sealed for one row does not open in another. A new installation's key only seals the rows' keys
   * anew; the credentials themselves stay as they are.
   */
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String current;
  private final Map<String, SecretKey> keys = new LinkedHashMap<>();

  /// @param wrappedBy names the installation's key that sealed the row's
  public record Sealed(byte[] text, byte[] wrappedKey, String wrappedBy) {}

  /// A credential that cannot be opened: sealed with an unknown key, or not for this row.
  public static final class UnreadableException extends Exception {
    UnreadableException(String message) {
      super(message);
    }
  }

  /// @param secret the installation's
  /// @param former that may still open what they sealed
  public Vault(String secret, List<String> former) {
    current = add(secret);
    former.forEach(this::add);
  }

  private String add(String secret) {
    if (secret.length() < 16) {
      throw new IllegalArgumentException("SIGNALBOX_SECRET_KEY must have 16 characters or more.");
    }
    try {
      KDF kdf = KDF.getInstance("HKDF-SHA256");
      var extract = HKDFParameterSpec.ofExtract().addIKM(secret.getBytes(StandardCharsets.UTF_8));
      byte[] id = kdf.deriveData(extract.thenExpand(utf8("signalbox key id"), 8));
      String name = HexFormat.of().formatHex(id);
      keys.put(name, kdf.deriveKey("AES", extract.thenExpand(utf8("signalbox wrapping"), 32)));
      return name;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("this Java has HKDF", e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Names of the installation's keys that are known here, the current one first.
  public Set<String> known() {
    return keys.keySet();
  }

  /// @param row names what the credential belongs to
  public Sealed seal(String credential, String row) {
    byte[] fresh = new byte[32];
    RANDOM.nextBytes(fresh);
    return new Sealed(
        encrypt(new SecretKeySpec(fresh, "AES"), utf8(credential), row),
        encrypt(key(current), fresh, row),
        current);
  }

  public String open(Sealed sealed, String row) throws UnreadableException {
    byte[] text = decrypt(new SecretKeySpec(unwrap(sealed, row), "AES"), sealed.text(), row);
    return new String(text, StandardCharsets.UTF_8);
  }

  /// Seals a row's key with the current key of the installation.
  public Sealed rewrap(Sealed sealed, String row) throws UnreadableException {
    return new Sealed(sealed.text(), encrypt(key(current), unwrap(sealed, row), row), current);
  }

  private byte[] unwrap(Sealed sealed, String row) throws UnreadableException {
    SecretKey key = keys.get(sealed.wrappedBy());
    if (key == null) {
      throw new UnreadableException("sealed with another SIGNALBOX_SECRET_KEY");
    }
    return decrypt(key, sealed.wrappedKey(), row);
  }

  private SecretKey key(String name) {
    return Objects.requireNonNull(keys.get(name));
  }

  private static byte[] encrypt(SecretKey key, byte[] text, String row) {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, row).doFinal(text);
      byte[] all = new byte[NONCE_BYTES + sealed.length];
      System.arraycopy(nonce, 0, all, 0, NONCE_BYTES);
      System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
      return all;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has AES-GCM", e);
    }
  }

  private static byte[] decrypt(SecretKey key, byte[] all, String row) throws UnreadableException {
    if (all.length < NONCE_BYTES) {
      throw new UnreadableException("too short");
    }
    byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, row)
          .doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new UnreadableException("not what was sealed for this row");
    }
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String row)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(utf8(row));
    return cipher;
  }
}
