package dev.signalbox.gateway.dialect.conversion;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Prompt;

/// Two dialects with the canonical form between them.
public record Conversion(CallerHalf caller, ProviderHalf provider) implements Translation {
  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    return provider.write(prompt(glance, target), target);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    Prompt prompt = prompt(glance, target);
    return new ConvertingRelay(
        provider.framing(),
        provider.reader(prompt, target),
        caller.writer(glance, prompt, facts),
        facts.stream(),
        glance.promptTokens());
  }

  private Prompt prompt(Glance glance, Target target) {
    var supported = new Supported(target.endpoint().supportedParameters());
    return supported.of(caller.read(glance.body()));
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return provider.fault(status, body);
  }
}
