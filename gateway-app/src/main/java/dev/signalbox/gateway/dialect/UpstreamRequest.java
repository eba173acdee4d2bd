package dev.signalbox.gateway.dialect;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/// One request to a provider, unsigned.
///
/// @param path below the provider's base URL, with its query: `/chat/completions`
/// @param body pieces, written one after another; views of the caller's body wherever it is
///   unchanged
/// @param headers the dialect's own (`anthropic-version`), beside content type and credential
public record UpstreamRequest(String path, List<ByteBuffer> body, Map<String, String> headers) {
  public long bodyLength() {
    long length = 0;
    for (ByteBuffer piece : body) {
      length += piece.remaining();
    }
    return length;
  }
}
