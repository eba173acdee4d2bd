package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Relay;
import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.Translation;
import dev.signalbox.gateway.dialect.UpstreamFault;
import dev.signalbox.gateway.dialect.UpstreamRequest;
import dev.signalbox.gateway.dialect.canonical.Pseudonym;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.conversion.Supported;
import dev.signalbox.gateway.wire.JsonSplice;
import dev.signalbox.gateway.wire.JsonText;
import dev.signalbox.gateway.wire.Members;
import java.util.List;
import java.util.Map;

/// Requests of OpenAI's Responses to providers that serve them too: only what must change is
/// changed, and fields we have never heard of reach the provider as they came.
///
/// @param prefix of the path: Azure has one
public record ResponsesPassThrough(String prefix) implements Translation {
  /// The gateway's own fields, which no provider should see.
  private static final List<String> OURS =
      List.of(
          "models",
          "provider",
          "route",
          "plugins",
          "transforms",
          "session_id",
          "preset",
          "trace",
          "debug",
          "stop_server_tools_when");

  private static final Map<String, String> OPTIONAL_PARAMETERS =
      Map.ofEntries(
          Map.entry("temperature", "temperature"),
          Map.entry("top_p", "top_p"),
          Map.entry("top_k", "top_k"),
          Map.entry("frequency_penalty", "frequency_penalty"),
          Map.entry("presence_penalty", "presence_penalty"),
          Map.entry("top_logprobs", "top_logprobs"),
          Map.entry("tools", "tools"),
          Map.entry("tool_choice", "tool_choice"),
          Map.entry("parallel_tool_calls", "parallel_tool_calls"),
          Map.entry("reasoning", "reasoning"));

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    Members members = glance.members();
    var splice = JsonSplice.of(members).set("model", JsonText.quote(target.upstreamModel()));
    OURS.forEach(splice::remove);
    var supported = new Supported(target.endpoint().supportedParameters());
    for (String parameter : glance.parameters()) {
      String own = OPTIONAL_PARAMETERS.get(parameter);
      if (own != null && !supported.knows(parameter)) {
        splice.remove(own);
      }
    }
    LostThoughts.without(members).ifPresent(input -> splice.set("input", input));
    // Providers store unless told not to.
    splice.set("store", "false");
    for (String name : List.of("user", "safety_identifier")) {
      members.text(name).ifPresent(user -> splice.set(name, JsonText.quote(Pseudonym.of(user))));
    }
    return new UpstreamRequest(prefix + glance.surface().path(), splice.pieces(), Map.of());
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return facts.stream()
        ? new ResponsesStreamRelay(facts, glance.promptTokens())
        : new ResponsesPlainRelay(facts, glance.promptTokens());
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
