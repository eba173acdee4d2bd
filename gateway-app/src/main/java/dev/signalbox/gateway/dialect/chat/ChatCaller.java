package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.wire.Document;

/// Callers of `/chat/completions`, or of the older `/completions`.
///
/// @param legacy `/completions`
public record ChatCaller(boolean legacy) implements CallerHalf {
  @Override
  public Prompt read(Document body) {
    return ChatRequestReader.read(body);
  }

  @Override
  public AnswerWriter writer(Glance glance, Prompt prompt, AnswerFacts facts) {
    boolean text = legacy || !glance.members().has("messages");
    var frame = new ChatFrame(facts, text);
    boolean thoughts = !prompt.thinking().exclude();
    AnswerWriter writer =
        facts.stream()
            ? new ChatStreamWriter(frame, thoughts)
            : new ChatPlainWriter(frame, thoughts);
    return text && glance.members().isTrue("echo")
        ? new Echoing(writer, Part.text(prompt.messages().getFirst().parts()))
        : writer;
  }
}
