package dev.signalbox.gateway.offer;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which hosts a URL that arrived over the API may name: public ones, by https, and those that the
/// installation lists. URLs in catalog files are the operator's own, and may name any.
///
/// A name is judged when the URL is read, and its addresses again whenever they are looked up: what
/// a name means can change.
public final class HostRules {
  private static final Pattern NAME =
      Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]");
  private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[.*]");
  private static final Pattern LISTED = Pattern.compile("\\*|[a-z0-9_.-]+|\\[[0-9a-f:.]+]");
  private static final Pattern BARE_IPV6 = Pattern.compile("[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*");
  private static final Set<Integer> PORTS = Set.of(-1, 443, 8443);

  private final Set<String> listed;

  /// @param listed hosts that may be anywhere, in any case; `*` lists them all
  /// @throws IllegalArgumentException if one is no host, but a URL, say: it would list nothing
  public HostRules(Set<String> listed) {
    this.listed =
        listed.stream()
            .filter(host -> !host.isBlank())
            .map(HostRules::host)
            .collect(Collectors.toUnmodifiableSet());
  }

  private static String host(String listed) {
    String host = listed.strip().toLowerCase(Locale.ROOT);
    if (BARE_IPV6.matcher(host).matches()) {
      return "[" + host + "]";
    }
    if (!LISTED.matcher(host).matches()) {
      throw new IllegalArgumentException(
          "SIGNALBOX_ALLOWED_HOSTS: %s (expected: hosts without port, such as vllm.lan or 10.0.0.5)"
              .formatted(listed));
    }
    return host;
  }

  /// Returns what is wrong with a URL, in words that follow its name.
  Optional<String> objection(URI url) {
    String host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    if (lists(host)) {
      return Optional.empty();
    }
    if (!"https".equals(url.getScheme())) {
      return Optional.of("not an https URL");
    }
    if (!PORTS.contains(url.getPort())) {
      return Optional.of("port %d (expected: 443 or 8443)".formatted(url.getPort()));
    }
    if (ADDRESS.matcher(host).matches()) {
      return forbids(host) ? Optional.of("an address that is not public") : Optional.empty();
    }
    return NAME.matcher(host).matches() ? Optional.empty() : Optional.of("not a public host name");
  }

  /// Whether a host may be anywhere.
  public boolean lists(String host) {
    return listed.contains("*") || listed.contains(host.toLowerCase(Locale.ROOT));
  }

  private static boolean forbids(String literal) {
    try {
      return forbids(InetAddress.ofLiteral(literal.replace("[", "").replace("]", "")));
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  /// Whether an address is private, local, or otherwise not of the public Internet.
  public static boolean forbids(InetAddress address) {
    byte[] b = address.getAddress();
    if (b.length == 4) {
      return forbidsV4(b[0] & 255, b[1] & 255, b[2] & 255);
    }
    int first = (b[0] & 255) << 8 | b[1] & 255;
    int second = (b[2] & 255) << 8 | b[3] & 255;
    return first == 0 // unspecified, loopback, mapped and compatible IPv4
        || first == 0x64 && second == 0xff9b // IPv4 by translation
        || first == 0x100 // discarded
        || first == 0x2001 && second < 0x200 // tunnels and the like
        || first == 0x2001 && second == 0xdb8 // documentation
        || first == 0x3fff && second < 0x1000 // documentation
        || first == 0x5f00 // segments of a network's own routing
        || first == 0x2002 // IPv4 by 6to4
        || (first & 0xfe00) == 0xfc00 // unique local
        || (first & 0xffc0) == 0xfe80 // link-local
        || (first & 0xffc0) == 0xfec0 // site-local
        || (first & 0xff00) == 0xff00; // multicast
  }

  private static boolean forbidsV4(int a, int b, int c) {
    return a == 0
        || a == 10
        || a == 100 && b >= 64 && b < 128
        || a == 127
        || a == 169 && b == 254
        || a == 172 && b >= 16 && b < 32
        || a == 192 && b == 0 && (c == 0 || c == 2)
        || a == 192 && b == 88 && c == 99
        || a == 192 && b == 168
        || a == 198 && (b == 18 || b == 19)
        || a == 198 && b == 51 && c == 100
        || a == 203 && b == 0 && c == 113
        || a >= 224;
  }
}
