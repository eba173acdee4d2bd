package dev.signalbox.gateway.dialect.messages;

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
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Requests of Anthropic's Messages to providers that speak them too: only what must change is
/// changed, and fields we have never heard of reach the provider as they came.
public final class MessagesPassThrough implements Translation {
  private static final long DEFAULT_MAX_TOKENS = 8192;

  /// The gateway's own fields, which no provider should see.
  private static final List<String> OURS =
      List.of(
          "models",
          "fallbacks",
          "provider",
          "route",
          "plugins",
          "transforms",
          "session_id",
          "preset",
          "trace",
          "user",
          "debug",
          "stop_server_tools_when");

  private static final Map<String, String> OPTIONAL_PARAMETERS =
      Map.of(
          "temperature", "temperature",
          "top_p", "top_p",
          "top_k", "top_k",
          "stop", "stop_sequences",
          "tools", "tools",
          "tool_choice", "tool_choice",
          "reasoning", "thinking");

  /// What a request to count tokens may not have.
  private static final List<String> UNCOUNTED =
      List.of(
          "max_tokens",
          "metadata",
          "service_tier",
          "stop_sequences",
          "stream",
          "temperature",
          "top_k",
          "top_p");

  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    var headers = new LinkedHashMap<>(Map.of("anthropic-version", "2023-06-01"));
    headers.putAll(glance.forwarded());
    return new UpstreamRequest(glance.surface().path(), spliced(glance, target).pieces(), headers);
  }

  /// Returns the body with what must change for any provider of Messages.
  public static JsonSplice spliced(Glance glance, Target target) {
    var splice = JsonSplice.of(glance.members());
    OURS.forEach(splice::remove);
    splice.set("model", JsonText.quote(target.upstreamModel()));
    OthersThoughts.leaveOut(glance.members(), target, splice);
    var supported = new Supported(target.endpoint().supportedParameters());
    for (String parameter : glance.parameters()) {
      String own = OPTIONAL_PARAMETERS.get(parameter);
      if (own != null && !supported.knows(parameter)) {
        splice.remove(own);
      }
    }
    if (glance.maxTokens().isEmpty()) {
      long most = target.endpoint().maxCompletionTokens().orElse(DEFAULT_MAX_TOKENS);
      splice.set("max_tokens", Long.toString(most));
    }
    glance
        .serviceTier()
        .ifPresent(tier -> splice.set("service_tier", JsonText.quote(providersTier(tier))));
    glance
        .user()
        .ifPresent(user -> splice.set("metadata", metadata(glance.members(), Pseudonym.of(user))));
    return splice;
  }

  /// Returns the request that asks how many tokens another would take.
  public static UpstreamRequest counting(Glance glance, Target target) {
    var splice = JsonSplice.of(glance.members());
    OURS.forEach(splice::remove);
    UNCOUNTED.forEach(splice::remove);
    splice.set("model", JsonText.quote(target.upstreamModel()));
    OthersThoughts.leaveOut(glance.members(), target, splice);
    var headers = new LinkedHashMap<>(Map.of("anthropic-version", "2023-06-01"));
    headers.putAll(glance.forwarded());
    return new UpstreamRequest("/messages/count_tokens", splice.pieces(), headers);
  }

  /// Anthropic knows but two: any that there is, and the base tier alone.
  private static String providersTier(String tier) {
    return switch (tier) {
      case "default" -> "standard_only";
      case "priority", "fast" -> "auto";
      default -> tier;
    };
  }

  /// A provider can tell end users apart, but learns nothing of who they are.
  private static String metadata(Members members, String pseudonym) {
    if (members.kind("metadata") != '{') {
      return "{\"user_id\":" + JsonText.quote(pseudonym) + "}";
    }
    Members metadata = members.within(members.span("metadata"));
    return new String(
        JsonSplice.of(metadata).set("user_id", JsonText.quote(pseudonym)).bytes(),
        StandardCharsets.UTF_8);
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    return facts.stream()
        ? new MessagesStreamRelay(facts, glance.promptTokens())
        : new MessagesPlainRelay(facts, glance.promptTokens());
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return Faults.of(status, body);
  }
}
