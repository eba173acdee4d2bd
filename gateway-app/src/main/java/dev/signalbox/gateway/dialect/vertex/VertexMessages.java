package dev.signalbox.gateway.dialect.vertex;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.conversion.MediaByUrl;
import dev.signalbox.gateway.dialect.messages.ForwardingBetas;
import dev.signalbox.gateway.dialect.messages.MessagesCaller;
import dev.signalbox.gateway.dialect.messages.MessagesPassThrough;
import dev.signalbox.gateway.wire.JsonText;
import java.util.Map;

/// Requests of Anthropic's Messages to Vertex AI: Claude speaks them there too, but for where the
/// model and the version stand; all other models are another's to speak to.
///
/// @param others converts for models that are not Anthropic's
public record VertexMessages(Translation others) implements Translation {
  private static final MessagesCaller CALLER = new MessagesCaller();
  private static final MessagesPassThrough MESSAGES = new MessagesPassThrough();

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    if (!VertexProvider.isClaude(target)) {
      return others.request(glance, target);
    }
    if (MediaByUrl.mayBeIn(glance.body())) {
      MediaByUrl.refuse(CALLER.read(glance.body()));
    }
    var splice =
        MessagesPassThrough.spliced(glance, target)
            .remove("model")
            .remove("service_tier")
            .set("anthropic_version", JsonText.quote(VertexProvider.ANTHROPIC_VERSION));
    String betas = glance.forwarded().get(ForwardingBetas.BETA);
    return new UpstreamRequest(
        VertexProvider.claudePath(target, glance.stream()),
        splice.pieces(),
        betas == null ? Map.of() : Map.of(ForwardingBetas.BETA, betas));
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return (VertexProvider.isClaude(target) ? MESSAGES : others).relay(glance, target, facts);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return others.fault(status, body);
  }
}
