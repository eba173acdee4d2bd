package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Quirk;
import dev.signalbox.gateway.dialect.Quirks;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;

/// Requests to providers of OpenAI's format that may hold a `prompt`: passed through where the
/// provider knows what to do with it, else made a chat of one turn.
///
/// @param passed as it came
/// @param converted to a chat
public record PromptTranslation(Translation passed, Translation converted) implements Translation {
  private Translation to(Glance glance, Target target) {
    boolean made =
        glance.surface() == Surface.COMPLETIONS
            ? Quirks.of(target).has(Quirk.NO_COMPLETIONS)
            : !glance.members().has("messages");
    return made ? converted : passed;
  }

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    return to(glance, target).request(glance, target);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return to(glance, target).relay(glance, target, facts);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return passed.fault(status, body);
  }
}
