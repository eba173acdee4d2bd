package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import java.util.LinkedHashMap;
import java.util.function.Predicate;

/// Requests to Anthropic's models with the previews that the caller asked for in a header.
///
/// @param other says the rest
/// @param claude tells whether a target is such a model
public record ForwardingBetas(Translation other, Predicate<Target> claude) implements Translation {
  public static final String BETA = "anthropic-beta";

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    var request = other.request(glance, target);
    String asked = glance.forwarded().get(BETA);
    if (asked == null || !claude.test(target)) {
      return request;
    }
    var headers = new LinkedHashMap<>(request.headers());
    headers.merge(BETA, asked, (own, callers) -> own + "," + callers);
    return new UpstreamRequest(request.path(), request.body(), headers);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return other.relay(glance, target, facts);
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return other.fault(status, body);
  }
}
