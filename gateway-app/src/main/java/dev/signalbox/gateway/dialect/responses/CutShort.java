package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Ending;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Receipt;
import dev.signalbox.gateway.dialect.conversion.AnswerWriter;
import dev.signalbox.gateway.wire.ByteSink;
import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import java.util.Set;

/// An answer that is too long to be begun. In this API that is no error but an answer that is
/// incomplete from the start.
public final class CutShort {
  private static final Set<String> LENGTHS =
      Set.of(
          "context_length_exceeded",
          "max_tokens_exceeded",
          "token_limit_exceeded",
          "string_too_long");

  private CutShort() {}

  /// @param errorType the contract's typed code
  public static boolean is(String errorType) {
    return LENGTHS.contains(errorType);
  }

  /// Returns the answer: a whole one, or all events of a stream.
  public static byte[] answer(Glance glance, AnswerFacts facts, String errorType) {
    var frame = new ResponsesFrame(glance.members(), facts);
    AnswerWriter writer =
        facts.stream()
            ? new ResponsesStreamWriter(frame, true)
            : new ResponsesPlainWriter(frame, true);
    Usage nothing = Usage.of(0, 0);
    var ending =
        new Ending(
            true,
            nothing,
            false,
            Optional.of("length"),
            Optional.of(errorType),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    var receipt =
        new Receipt(
            nothing,
            Money.ZERO,
            new Cost(Money.ZERO, Money.ZERO, Money.ZERO),
            false,
            Optional.empty(),
            Optional.empty());
    var out = new ByteSink(1024);
    writer.close(ending, receipt, out);
    return out.drain();
  }
}
