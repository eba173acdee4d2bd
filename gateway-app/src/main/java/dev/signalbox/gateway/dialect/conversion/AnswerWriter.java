package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.wire.ByteSink;

/// Writes one answer for a caller. Not thread-safe.
public interface AnswerWriter {
  /// Appends what an event says, where the caller streams.
  void write(Event event, ByteSink out);

  void close(Ending ending, Receipt receipt, ByteSink out);

  void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out);
}
