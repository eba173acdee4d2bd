package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.offer.Upstream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a provider says, unless it repeats a credential that it was shown: then nothing of it.
public final class Redaction {
  /*
   * However it writes it: as it is, in other case, backwards, escaped for URLs or HTML, in hex, in
   * Base64, or with invisible characters or blanks between. Errors are few, so the many comparisons
   * do not matter.
   */

  /// So many characters of a credential in a row are no accident.
  private static final int TELLING = 8;

  private static final List<String> SECRET_OPTIONS = List.of("secret_key", "session_token");
  private static final Pattern HTML_ESCAPE = Pattern.compile("&#(x[0-9A-Fa-f]{1,6}|\\d{1,7});");

  private Redaction() {}

  public static UpstreamFault of(UpstreamFault fault, Upstream upstream) {
    String said = fault.message() + '\n' + fault.providerCode().orElse("");
    for (String secret : secrets(upstream)) {
      if (tells(said, secret)) {
        return new UpstreamFault(
            fault.status(), fault.errorType(), "Provider returned error", Optional.empty());
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

  static boolean tells(String said, String secret) {
    List<String> readings = List.of(bare(said), bare(unescaped(said)));
    for (String form : forms(secret)) {
      String plain = bare(form);
      for (int at = 0; at + TELLING <= plain.length(); at++) {
        String part = plain.substring(at, at + TELLING);
        if (readings.stream().anyMatch(reading -> reading.contains(part))) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<String> forms(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    var forms = new ArrayList<String>();
    forms.add(secret);
    forms.add(new StringBuilder(secret).reverse().toString());
    forms.add(HexFormat.of().formatHex(bytes));
    // Inside a longer text the secret may begin at any of three places of Base64's groups.
    for (int shift = 0; shift < 3; shift++) {
      byte[] shifted = new byte[bytes.length + shift];
      System.arraycopy(bytes, 0, shifted, shift, bytes.length);
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      forms.add(encoded.substring(shift == 0 ? 0 : shift + 1, encoded.length() - 1));
    }
    return forms;
  }

  /// Letters and digits only, in lower case: what is between them may be anything.
  private static String bare(String text) {
    var bare = new StringBuilder(text.length());
    text.toLowerCase(Locale.ROOT)
        .codePoints()
        .filter(Character::isLetterOrDigit)
        .forEach(bare::appendCodePoint);
    return bare.toString();
  }

  private static String unescaped(String text) {
    String html = HTML_ESCAPE.matcher(text).replaceAll(Redaction::character);
    try {
      return URLDecoder.decode(html, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return html;
    }
  }

  private static String character(MatchResult escape) {
    String code = escape.group(1);
    int point =
        code.startsWith("x") ? Integer.parseInt(code.substring(1), 16) : Integer.parseInt(code);
    return Character.isValidCodePoint(point)
        ? Matcher.quoteReplacement(Character.toString(point))
        : "";
  }
}
