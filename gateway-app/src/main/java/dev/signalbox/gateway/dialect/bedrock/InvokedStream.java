package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Transcript;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.UnreadableException;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.gateway.wire.SseText;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Takes a model's own events out of `InvokeModelWithResponseStream`'s binary stream. Not
/// thread-safe.
final class InvokedStream implements Relay {
  private final EventStreamFraming framing = new EventStreamFraming();
  private final ByteSink events = new ByteSink(512);
  private final Relay model;
  private boolean over;
  private @Nullable UpstreamFault fault;

  /// @param model reads its events as if they were server-sent
  InvokedStream(Relay model) {
    this.model = model;
  }

  @Override
  public boolean accept(byte[] piece, int offset, int length, ByteSink out) {
    try {
      framing.accept(piece, offset, length, (name, data) -> frame(name, data, out));
    } catch (UnreadableException | JacksonException | IllegalArgumentException _) {
      fault =
          new UpstreamFault(
              502,
              "provider_unavailable",
              "The provider sent an event that cannot be read.",
              Optional.empty());
    }
    over |= fault != null;
    return over;
  }

  private boolean frame(String name, byte[] data, ByteSink out) {
    JsonNode tree = Json.parse(data);
    if (name.startsWith(EventStreamFraming.EXCEPTION)) {
      fault =
          BedrockProvider.exception(name.substring(EventStreamFraming.EXCEPTION.length()), tree);
      return true;
    }
    if (name.equals("chunk")) {
      // Servers that stand in for Bedrock may send the event as it is.
      byte[] event =
          tree.has("bytes") ? Base64.getDecoder().decode(Json.stringOr(tree, "bytes", "")) : data;
      SseText.event("", event, events);
      over |= model.accept(events.array(), 0, events.length(), out);
      events.clear();
    }
    return over;
  }

  @Override
  public boolean started() {
    return model.started();
  }

  @Override
  public Ending end() {
    Ending ending = model.end();
    return fault == null ? ending : ending.failedBy(fault);
  }

  @Override
  public Optional<Transcript> transcript() {
    return model.transcript();
  }

  @Override
  public void close(Receipt receipt, ByteSink out) {
    model.close(receipt, out);
  }

  @Override
  public void breakOff(UpstreamFault fault, Receipt receipt, ByteSink out) {
    model.breakOff(fault, receipt, out);
  }
}
