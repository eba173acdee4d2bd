package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.offer.Upstream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a provider says, unless it repeats a credential that it was shown: then nothing of it.
public final class Redaction {
  /// So many characters of a credential in a row are no accident.
  private static final int TELLING = 8;

  private static final List<String> SECRET_OPTIONS = List.of("secret_key", "session_token");

  private Redaction() {}

  public static UpstreamFault of(UpstreamFault fault, Upstream upstream) {
    String said =
        (fault.message() + '\n' + fault.providerCode().orElse("")).toLowerCase(Locale.ROOT);
    for (String secret : secrets(upstream)) {
      for (String form : forms(secret)) {
        if (tells(said, form.toLowerCase(Locale.ROOT))) {
          return new UpstreamFault(
              fault.status(), fault.errorType(), "Provider returned error", Optional.empty());
        }
      }
    }
    return fault;
  }

  private static List<String> secrets(Upstream upstream) {
    var secrets = new ArrayList<>(upstream.headers().values());
    secrets.add(upstream.apiKey());
    for (String option : SECRET_OPTIONS) {
      secrets.add(upstream.options().getOrDefault(option, ""));
    }
    secrets.removeIf(secret -> secret.length() < TELLING);
    return secrets;
  }

  private static List<String> forms(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    return List.of(
        secret,
        new StringBuilder(secret).reverse().toString(),
        URLEncoder.encode(secret, StandardCharsets.UTF_8),
        Base64.getEncoder().encodeToString(bytes),
        Base64.getUrlEncoder().encodeToString(bytes),
        HexFormat.of().formatHex(bytes));
  }

  private static boolean tells(String said, String form) {
    for (int at = 0; at + TELLING <= form.length(); at++) {
      if (said.contains(form.substring(at, at + TELLING))) {
        return true;
      }
    }
    return false;
  }
}
