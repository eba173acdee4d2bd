package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Prompt;

/// A provider's half of a dialect: writes requests, reads answers. Stateless.
public interface ProviderHalf {
  /// @throws dev.signalbox.gateway.problem.Problem 400, if the prompt cannot be said in the dialect
  UpstreamRequest write(Prompt prompt, Target target);

  AnswerReader reader(Prompt prompt, Target target);

  /// Returns how streams are cut.
  default Framing framing() {
    return new SseFraming();
  }

  UpstreamFault fault(int status, byte[] body);
}
