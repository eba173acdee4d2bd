package dev.signalbox.gateway.passthrough;

import dev.signalbox.gateway.problem.Problem;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where below a provider's base URL a request goes. It can go nowhere else.
final class PassThroughPath {
  /*
   * Refused is what two readers could take for two different places: dots that climb, empty
   * segments, slashes and dots in disguise, an escape of an escape, a backslash, a semicolon.
   */
  private static final Pattern SEGMENT =
      Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+");
  private static final Pattern QUERY =
      Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\\[\\]|-]|%[0-9A-Fa-f]{2})*");
  private static final int MAX_CHARS = 8 * 1024;

  /// Escapes that would be another thing to another reader: `/`, `\`, `.`, `%`, `;` and controls.
  private static final Pattern DISGUISED =
      Pattern.compile("%(?:2[fFeE5]|5[cC]|3[bB]|[01][0-9A-Fa-f]|7[fF])");

  /// Query parameters that are credentials: the caller's are none of the provider's business.
  private static final Set<String> CREDENTIALS =
      Set.of("key", "api_key", "api-key", "apikey", "access_token", "subscription-key");

  private PassThroughPath() {}

  /// Returns the target below a base URL.
  ///
  /// @param path raw, beginning with `/`
  /// @param query raw, or null
  /// @throws Problem 400 if it is not plainly below the base
  static URI below(URI base, String path, @Nullable String query) {
    if (path.length() > MAX_CHARS || (query != null && query.length() > MAX_CHARS)) {
      throw Problem.of(414, "invalid_request", "The path or query is too long");
    }
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean trailing = i == segments.length - 1 && i > 0;
      if (!(trailing && segments[i].isEmpty()) && !isPlain(segments[i])) {
        throw Problem.invalidRequest("The path is not plainly below the provider's");
      }
    }
    if (query != null && !QUERY.matcher(query).matches()) {
      throw Problem.invalidRequest("The query holds characters that must be escaped");
    }
    String kept = query == null ? "" : withoutCredentials(query);
    URI target = URI.create(base + path + (kept.isEmpty() ? "" : "?" + kept));
    boolean sameHost =
        base.getScheme().equals(target.getScheme())
            && base.getHost().equals(target.getHost())
            && base.getPort() == target.getPort()
            && target.getRawUserInfo() == null
            && target.getRawPath().startsWith(base.getRawPath() + "/");
    if (!sameHost) {
      throw Problem.invalidRequest("The path is not plainly below the provider's");
    }
    return target;
  }

  private static boolean isPlain(String segment) {
    return SEGMENT.matcher(segment).matches()
        && !segment.equals(".")
        && !segment.equals("..")
        && !DISGUISED.matcher(segment).find();
  }

  private static String withoutCredentials(String query) {
    return Arrays.stream(query.split("&"))
        .filter(pair -> !CREDENTIALS.contains(name(pair)))
        .collect(Collectors.joining("&"));
  }

  private static String name(String pair) {
    int end = pair.indexOf('=');
    String raw = end < 0 ? pair : pair.substring(0, end);
    return URLDecoder.decode(raw, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
  }
}
