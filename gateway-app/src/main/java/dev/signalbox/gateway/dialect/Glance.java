package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.routing.request.Preferences;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// What a look at a request's top level tells, without parsing the rest.
///
/// @param body as it came; shared by all attempts, never changed
/// @param members where the body's top-level members lie
/// @param models as asked, primary first; empty when the request names none
/// @param parameters those present that an endpoint may lack (`tools`, `temperature`, …)
/// @param inputModalities beside text, of the messages' parts
/// @param promptTokens estimated from the length of the text, or counted; data URLs are not text
/// @param sessionId the body's `session_id`
/// @param openingHash of the first system and the first other message; 0 where there is none
/// @param user the caller's end user
/// @param forwarded headers of the request that are a provider's business (`anthropic-beta`)
/// @param plugins raw JSON of `plugins`, `transforms` where present: rare, parsed by who needs it
public record Glance(
    Surface surface,
    Document body,
    Members members,
    List<String> models,
    Preferences preferences,
    Set<String> parameters,
    Set<String> inputModalities,
    Set<String> outputModalities,
    long promptTokens,
    OptionalLong maxTokens,
    boolean stream,
    Optional<String> serviceTier,
    Optional<String> sessionId,
    Optional<String> promptCacheKey,
    long openingHash,
    Optional<String> user,
    boolean echoUpstreamBody,
    Map<String, byte[]> plugins,
    Map<String, String> forwarded) {
  /// Returns the same with a prompt of another length.
  public Glance withPromptTokens(long tokens) {
    return new Glance(
        surface,
        body,
        members,
        models,
        preferences,
        parameters,
        inputModalities,
        outputModalities,
        tokens,
        maxTokens,
        stream,
        serviceTier,
        sessionId,
        promptCacheKey,
        openingHash,
        user,
        echoUpstreamBody,
        plugins,
        forwarded);
  }

  /// Returns the same with headers to forward.
  public Glance forwarding(Map<String, String> headers) {
    return new Glance(
        surface,
        body,
        members,
        models,
        preferences,
        parameters,
        inputModalities,
        outputModalities,
        promptTokens,
        maxTokens,
        stream,
        serviceTier,
        sessionId,
        promptCacheKey,
        openingHash,
        user,
        echoUpstreamBody,
        plugins,
        headers);
  }
}
