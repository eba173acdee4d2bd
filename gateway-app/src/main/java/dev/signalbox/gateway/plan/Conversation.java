package dev.signalbox.gateway.plan;

import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.RouterSlug;
import java.util.Optional;
import java.util.UUID;

/// The conversation that a request belongs to.
///
/// @param key account, model and conversation, hashed: equal on every replica
/// @param origin where the request said so
/// @param choosesModel it leaves the model to the gateway: then the model is remembered as well
public record Conversation(long key, Origin origin, boolean choosesModel) {
  private static final int MAX_CHARS = 256;
  private static final long PRIME = 0x100000001B3L;

  /// What names a conversation, in the order of precedence.
  public enum Origin {
    SESSION_ID("session_id"),
    SESSION_HEADER("x-session-id"),
    PROMPT_CACHE_KEY("prompt_cache_key"),
    /// Nothing names it: it is known by how it opens.
    OPENING("opening");

    private final String word;

    Origin(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /// @param header the request's `x-session-id`
  /// @param model the primary one: a conversation with another model is another
  public static Optional<Conversation> of(
      Glance glance, UUID account, Optional<String> header, String model) {
    long key = account.getMostSignificantBits() ^ account.getLeastSignificantBits() * 31;
    key ^= model.hashCode() * 0x9E3779B97F4A7C15L;
    boolean choosesModel = RouterSlug.of(model).filter(RouterSlug::choosesByTask).isPresent();
    if (glance.sessionId().isPresent()) {
      return Optional.of(named(key, glance.sessionId().get(), Origin.SESSION_ID, choosesModel));
    }
    if (header.isPresent()) {
      return Optional.of(named(key, header.get(), Origin.SESSION_HEADER, choosesModel));
    }
    if (glance.promptCacheKey().isPresent()) {
      return Optional.of(
          named(key, glance.promptCacheKey().get(), Origin.PROMPT_CACHE_KEY, choosesModel));
    }
    return glance.openingHash() == 0
        ? Optional.empty()
        : Optional.of(
            new Conversation((key ^ glance.openingHash()) * PRIME, Origin.OPENING, choosesModel));
  }

  private static Conversation named(long key, String name, Origin origin, boolean choosesModel) {
    if (name.length() > MAX_CHARS) {
      throw Problem.invalidRequest(
          "%s: %d characters (at most %d)".formatted(origin.word(), name.length(), MAX_CHARS));
    }
    long hash = key;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * PRIME;
    }
    return new Conversation(hash, origin, choosesModel);
  }

  /// Returns whether the caller named it; else it is only guessed from the messages.
  public boolean explicit() {
    return origin != Origin.OPENING;
  }
}
