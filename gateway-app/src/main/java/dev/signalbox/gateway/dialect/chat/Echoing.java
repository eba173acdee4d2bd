package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.wire.ByteSink;

/// Says what was asked before what is answered. Not thread-safe.
final class Echoing implements AnswerWriter {
  private final AnswerWriter writer;
  private final String asked;
  private boolean said;

  Echoing(AnswerWriter writer, String asked) {
    this.writer = writer;
    this.asked = asked;
  }

  @Override
  public void write(Event event, ByteSink out) {
    if (!said && event instanceof Event.TextMore) {
      say(out);
    }
    writer.write(event, out);
  }

  private void say(ByteSink out) {
    said = true;
    writer.write(new Event.TextMore(asked), out);
  }

  @Override
  public void close(Ending ending, Receipt receipt, ByteSink out) {
    if (!said) {
      say(out);
    }
    writer.close(ending, receipt, out);
  }

  @Override
  public void breakOff(Ending ending, UpstreamFault fault, Receipt receipt, ByteSink out) {
    writer.breakOff(ending, fault, receipt, out);
  }
}
