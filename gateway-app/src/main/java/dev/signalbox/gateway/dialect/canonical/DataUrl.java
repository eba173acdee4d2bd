package dev.signalbox.gateway.dialect.canonical;

import java.util.Optional;

/// Content inside a URL.
///
/// @param data base64
public record DataUrl(String mediaType, String data) {
  public static Optional<DataUrl> of(String url) {
    int comma = url.indexOf(',');
    if (!url.regionMatches(true, 0, "data:", 0, 5) || comma < 0) {
      return Optional.empty();
    }
    String head = url.substring(5, comma);
    if (!head.endsWith(";base64")) {
      return Optional.empty();
    }
    int parameters = head.indexOf(';');
    return Optional.of(new DataUrl(head.substring(0, parameters), url.substring(comma + 1)));
  }

  @Override
  public String toString() {
    return "data:" + mediaType + ";base64," + data;
  }
}
