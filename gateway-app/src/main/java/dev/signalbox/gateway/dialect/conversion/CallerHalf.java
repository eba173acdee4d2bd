package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.wire.Document;

/// A caller's half of a dialect: reads requests, writes answers. Stateless.
public interface CallerHalf {
  /// @throws dev.signalbox.gateway.problem.Problem 400, naming the field at fault
  Prompt read(Document body);

  /// @param glance at the request that the prompt was read from
  AnswerWriter writer(Glance glance, Prompt prompt, AnswerFacts facts);
}
