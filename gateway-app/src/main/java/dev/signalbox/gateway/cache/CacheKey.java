package dev.signalbox.gateway.cache;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.wire.Document;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Which requests are the same: of one key, surface and body. White space between the body's tokens
/// does not count; the order of its members does, and a default that is spelled out.
final class CacheKey {
  private static final int CHUNK = 8 * 1024;

  private CacheKey() {}

  static String of(String keyHash, Glance glance) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    String scope =
        "%s\n%s\n%s\n%b\n"
            .formatted(keyHash, glance.surface().key(), glance.models(), glance.stream());
    digest.update(scope.getBytes(StandardCharsets.UTF_8));
    body(glance.body(), digest);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void body(Document document, MessageDigest digest) {
    byte[] body = document.bytes();
    int end = document.length();
    byte[] kept = new byte[CHUNK];
    int length = 0;
    boolean inText = false;
    for (int i = 0; i < end; i++) {
      byte b = body[i];
      if (!inText && (b == ' ' || b == '\n' || b == '\r' || b == '\t')) {
        continue;
      }
      if (length + 2 > CHUNK) {
        digest.update(kept, 0, length);
        length = 0;
      }
      kept[length++] = b;
      if (inText && b == '\\' && i + 1 < end) {
        kept[length++] = body[++i];
      } else if (b == '"') {
        inText = !inText;
      }
    }
    digest.update(kept, 0, length);
  }
}
