package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.problem.Skin;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.routing.plan.Candidate;
import java.nio.ByteBuffer;

/// What a provider was asked, told to a caller who wants to see it. Our credentials are in headers,
/// never in it.
final class UpstreamEcho {
  private UpstreamEcho() {}

  /// Returns an event of the caller's API; none where that API has no place for it.
  static byte[] of(Call call, Candidate candidate, UpstreamRequest request) {
    Skin skin = call.glance().surface().skin();
    var out = new ByteSink((int) request.bodyLength() + 256);
    switch (skin) {
      case CHAT -> {
        out.write(
            ("data: {\"id\":%s,\"object\":\"chat.completion.chunk\",\"created\":%d,\"model\":%s,"
                    + "\"provider\":%s,\"choices\":[],\"debug\":{\"echo_upstream_body\":")
                .formatted(
                    JsonText.quote(call.generationId()),
                    call.createdAt().getEpochSecond(),
                    JsonText.quote(candidate.endpoint().model().slug()),
                    JsonText.quote(candidate.endpoint().provider().name())));
        body(request, out);
        out.write("}}\n\n");
      }
      case RESPONSES -> {
        out.write(
            "event: response.debug\ndata: {\"type\":\"response.debug\",\"debug\":"
                + "{\"echo_upstream_body\":");
        body(request, out);
        out.write("},\"sequence_number\":0}\n\n");
      }
      case MESSAGES -> {}
    }
    return out.drain();
  }

  /// A line's end between two members would end the event.
  private static void body(UpstreamRequest request, ByteSink out) {
    for (ByteBuffer piece : request.body()) {
      ByteBuffer view = piece.duplicate();
      while (view.hasRemaining()) {
        byte b = view.get();
        out.write(b == '\n' || b == '\r' ? ' ' : b);
      }
    }
  }
}
