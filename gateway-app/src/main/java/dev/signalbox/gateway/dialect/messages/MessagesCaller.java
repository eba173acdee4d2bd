package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.wire.Document;

/// Callers of Anthropic's Messages.
public final class MessagesCaller implements CallerHalf {
  @Override
  public Prompt read(Document body) {
    return MessagesRequestReader.read(body);
  }

  @Override
  public AnswerWriter writer(Glance glance, Prompt prompt, AnswerFacts facts) {
    boolean thoughts = !prompt.thinking().exclude();
    return facts.stream()
        ? new MessagesStreamWriter(facts, thoughts)
        : new MessagesPlainWriter(facts, thoughts);
  }
}
