package dev.signalbox.gateway.cache;

import java.util.Optional;
import java.util.OptionalInt;

/// What a preset says of the response cache.
///
/// @param enabled empty where it says nothing
public record CacheRule(Optional<Boolean> enabled, OptionalInt ttlSeconds) {
  public static final CacheRule NONE = new CacheRule(Optional.empty(), OptionalInt.empty());

  /// @param ttlSeconds of any length: what is too short or too long is brought within bounds
  public static CacheRule of(Optional<Boolean> enabled, OptionalInt ttlSeconds) {
    return new CacheRule(
        enabled,
        ttlSeconds.isPresent()
            ? OptionalInt.of(CacheWish.clamped(ttlSeconds.getAsInt()))
            : ttlSeconds);
  }
}
