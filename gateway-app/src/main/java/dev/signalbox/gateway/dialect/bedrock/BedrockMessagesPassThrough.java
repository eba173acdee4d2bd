package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.conversion.MediaByUrl;
import dev.signalbox.gateway.dialect.messages.ForwardingBetas;
import dev.signalbox.gateway.dialect.messages.MessagesCaller;
import dev.signalbox.gateway.dialect.messages.MessagesPassThrough;
import dev.signalbox.gateway.wire.JsonText;
import java.util.Map;
import java.util.Optional;

/// Requests of Anthropic's Messages to Bedrock: `InvokeModel` takes them as they are from Claude,
/// with fields that Converse has no word for; all other models are another's to speak to.
///
/// @param others converts for models that are not Anthropic's
public record BedrockMessagesPassThrough(Translation others) implements Translation {
  private static final String ANTHROPIC_VERSION = "bedrock-2023-05-31";
  private static final MessagesCaller CALLER = new MessagesCaller();
  private static final MessagesPassThrough MESSAGES = new MessagesPassThrough();

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    if (!ModelFamily.isClaude(target)) {
      return others.request(glance, target);
    }
    if (MediaByUrl.mayBeIn(glance.body())) {
      MediaByUrl.refuse(CALLER.read(glance.body()));
    }
    var splice =
        MessagesPassThrough.spliced(glance, target)
            .remove("model")
            .remove("stream")
            .remove("service_tier")
            .set("anthropic_version", JsonText.quote(ANTHROPIC_VERSION));
    String betas = glance.forwarded().get(ForwardingBetas.BETA);
    if (betas != null) {
      var list = Json.array();
      for (String beta : betas.split(",")) {
        list.add(beta.strip());
      }
      splice.set("anthropic_beta", Json.text(list));
    }
    String operation = glance.stream() ? "invoke-with-response-stream" : "invoke";
    return new UpstreamRequest(
        BedrockProvider.path(target, operation), splice.pieces(), tier(glance.serviceTier()));
  }

  private static Map<String, String> tier(Optional<String> asked) {
    return BedrockRequestWriter.tier(asked)
        .map(tier -> Map.of("x-amzn-bedrock-service-tier", tier))
        .orElse(Map.of());
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    if (!ModelFamily.isClaude(target)) {
      return others.relay(glance, target, facts);
    }
    Relay messages = MESSAGES.relay(glance, target, facts);
    return facts.stream() ? new InvokedStream(messages) : messages;
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return others.fault(status, body);
  }
}
