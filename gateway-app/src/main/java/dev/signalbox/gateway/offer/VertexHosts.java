package dev.signalbox.gateway.offer;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where Vertex AI answers. A region has its name before the host's; places that are wider than a
/// region have hosts of another form, so that one catalog serves all by the place's name alone.
final class VertexHosts {
  private static final Pattern WIDE =
      Pattern.compile("(https?://)(global|us|eu)-aiplatform\\.googleapis\\.com(.*)");

  private VertexHosts() {}

  /// Returns the URL with the host that serves its place.
  static URI of(URI url) {
    Matcher wide = WIDE.matcher(url.toString());
    if (!wide.matches()) {
      return url;
    }
    String host =
        wide.group(2).equals("global")
            ? "aiplatform.googleapis.com"
            : "aiplatform." + wide.group(2) + ".rep.googleapis.com";
    return URI.create(wide.group(1) + host + wide.group(3));
  }
}
