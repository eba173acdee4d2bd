package dev.signalbox.gateway.stage;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;

/// Mints generation ids: `gen-<unix seconds>-<20 base62>`. The seconds place a record in time.
public final class GenerationIds {
  private static final byte[] BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
          .getBytes(StandardCharsets.ISO_8859_1);
  private static final int HALF = 10;

  /// Keeps replicas apart whose generators happen to start alike.
  private static final long SALT = new SecureRandom().nextLong();

  private GenerationIds() {}

  public static String mint(long unixSeconds) {
    var random = ThreadLocalRandom.current();
    String seconds = Long.toString(unixSeconds);
    byte[] id = new byte[5 + seconds.length() + 2 * HALF];
    id[0] = 'g';
    id[1] = 'e';
    id[2] = 'n';
    id[3] = '-';
    for (int i = 0; i < seconds.length(); i++) {
      id[4 + i] = (byte) seconds.charAt(i);
    }
    int at = 4 + seconds.length();
    id[at++] = '-';
    fill(id, at, random.nextLong() ^ SALT);
    fill(id, at + HALF, random.nextLong());
    return new String(id, StandardCharsets.ISO_8859_1);
  }

  private static void fill(byte[] id, int from, long bits) {
    for (int i = 0; i < HALF; i++) {
      id[from + i] = BASE62[(int) Long.remainderUnsigned(bits, 62)];
      bits = Long.divideUnsigned(bits, 62);
    }
  }
}
