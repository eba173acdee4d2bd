package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.wire.Document;

/// Callers of OpenAI's Responses.
public final class ResponsesCaller implements CallerHalf {
  @Override
  public Prompt read(Document body) {
    return ResponsesRequestReader.read(body);
  }

  @Override
  public AnswerWriter writer(Glance glance, Prompt prompt, AnswerFacts facts) {
    var frame = new ResponsesFrame(glance.members(), facts);
    boolean thoughts = !prompt.thinking().exclude();
    return facts.stream()
        ? new ResponsesStreamWriter(frame, thoughts)
        : new ResponsesPlainWriter(frame, thoughts);
  }
}
