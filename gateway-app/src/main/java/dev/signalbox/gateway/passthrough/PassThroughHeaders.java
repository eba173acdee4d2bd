package dev.signalbox.gateway.passthrough;

import java.util.List;
import org.springframework.http.HttpHeaders;

/// Which headers go through, each way: those that are listed, and no other. What identifies or
/// authenticates the caller stays here, and so does what identifies the operator's account there.
final class PassThroughHeaders {
  private static final List<String> OUT =
      List.of(
          "content-type",
          "content-encoding",
          "content-disposition",
          "accept",
          "accept-language",
          "range",
          "if-match",
          "if-none-match",
          "if-modified-since",
          "idempotency-key",
          "openai-beta",
          "anthropic-beta",
          "anthropic-version",
          "x-goog-upload-protocol",
          "x-goog-upload-command",
          "x-goog-upload-offset",
          "x-goog-upload-header-content-length",
          "x-goog-upload-header-content-type");

  private static final List<String> BACK =
      List.of(
          "content-type",
          "content-length",
          "content-encoding",
          "content-disposition",
          "content-language",
          "content-range",
          "accept-ranges",
          "cache-control",
          "etag",
          "last-modified",
          "retry-after",
          "x-goog-upload-status",
          "x-goog-upload-size-received");

  private PassThroughHeaders() {}

  static void out(HttpHeaders from, io.netty.handler.codec.http.HttpHeaders to) {
    for (String name : OUT) {
      List<String> values = from.get(name);
      if (values != null) {
        to.set(name, values);
      }
    }
    if (from.getContentLength() >= 0) {
      to.set("content-length", from.getContentLength());
    }
  }

  static void back(io.netty.handler.codec.http.HttpHeaders from, HttpHeaders to) {
    for (String name : BACK) {
      from.getAll(name).forEach(value -> to.add(name, value));
    }
  }
}
