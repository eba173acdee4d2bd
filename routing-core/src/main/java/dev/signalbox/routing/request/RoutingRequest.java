package dev.signalbox.routing.request;

import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.catalog.Model;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// What the router needs to know of a request.
///
/// @param models as asked, primary first: slugs, aliases, each with any variant suffixes
/// @param kind which sort of endpoint can serve it
/// @param preferences the request's own `provider` object
/// @param defaults the account's and key's: ceilings and defaults for [#preferences]
/// @param parameters the request's parameters that endpoints may or may not support
/// @param inputModalities beside text: `image`, `file`, `audio`, `video`
/// @param promptTokens estimated
/// @param maxTokens the caller's cap on the answer
/// @param serviceTier as asked: `default`, `flex`, `priority` (`fast` is `priority`)
/// @param session what keeps a conversation on one endpoint
/// @param ownProviders slugs of providers that the account has a credential of its own for, each
///   with the slugs of the models that it is for; none are all
/// @param auto how to choose the model where one of [#models] leaves it open
public record RoutingRequest(
    List<String> models,
    Kind kind,
    Preferences preferences,
    Preferences defaults,
    Set<String> parameters,
    Set<String> inputModalities,
    Set<String> outputModalities,
    long promptTokens,
    OptionalLong maxTokens,
    Optional<String> serviceTier,
    Optional<Session> session,
    Map<String, Set<String>> ownProviders,
    AutoWish auto) {

  /// A request of an account without credentials of its own, for models that are named.
  public RoutingRequest(
      List<String> models,
      Kind kind,
      Preferences preferences,
      Preferences defaults,
      Set<String> parameters,
      Set<String> inputModalities,
      Set<String> outputModalities,
      long promptTokens,
      OptionalLong maxTokens,
      Optional<String> serviceTier,
      Optional<Session> session) {
    this(
        models,
        kind,
        preferences,
        defaults,
        parameters,
        inputModalities,
        outputModalities,
        promptTokens,
        maxTokens,
        serviceTier,
        session,
        Map.of(),
        AutoWish.NONE);
  }

  public enum Kind {
    CHAT,
    COMPLETION,
    EMBEDDING
  }

  /// @param key account and conversation, hashed: equal on every replica
  /// @param explicit named by the caller, not derived from the messages; without a pin, only such a
  ///   session stays on one endpoint
  /// @param pinned the endpoint that served the conversation last, where that is remembered
  public record Session(long key, boolean explicit, Optional<EndpointId> pinned) {
    public Session(long key, boolean explicit) {
      this(key, explicit, Optional.empty());
    }
  }

  public RoutingRequest {
    models = List.copyOf(models);
    parameters = Set.copyOf(parameters);
    inputModalities = Set.copyOf(inputModalities);
    outputModalities = Set.copyOf(outputModalities);
    ownProviders = Map.copyOf(ownProviders);
  }

  /// Returns a short request for a model, with nothing asked of it.
  public static RoutingRequest plain(Model model) {
    boolean embeds = model.architecture().outputModalities().contains("embeddings");
    return new RoutingRequest(
        List.of(model.slug()),
        embeds ? Kind.EMBEDDING : Kind.CHAT,
        Preferences.NONE,
        Preferences.NONE,
        Set.of(),
        Set.of(),
        Set.of(),
        1,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// Returns this request with what its [#preferences] leave open taken from [#defaults]. Ceilings
  /// stay apart: both sides' hold.
  public RoutingRequest withDefaults() {
    return defaults.equals(Preferences.NONE)
        ? this
        : new RoutingRequest(
            models,
            kind,
            preferences.orElse(defaults),
            defaults,
            parameters,
            inputModalities,
            outputModalities,
            promptTokens,
            maxTokens,
            serviceTier,
            session,
            ownProviders,
            auto);
  }

  /// Whether a call to an endpoint can be made: with the operator's credential, or the account's.
  public boolean opens(Endpoint endpoint) {
    if (endpoint.live()) {
      return true;
    }
    Set<String> models = ownProviders.get(endpoint.provider().slug());
    return models != null
        && (models.isEmpty()
            || models.contains(endpoint.model().slug())
            || models.contains(endpoint.model().canonicalSlug()));
  }
}
