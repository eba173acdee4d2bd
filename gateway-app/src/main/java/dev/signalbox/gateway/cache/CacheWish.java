package dev.signalbox.gateway.cache;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What a request wants of the response cache, by its headers and its preset.
///
/// @param wanted empty where they say nothing
/// @param ttlSeconds of what is stored, where they say it
/// @param clear what is stored is to be dropped first
public record CacheWish(Optional<Boolean> wanted, OptionalInt ttlSeconds, boolean clear) {
  public static final CacheWish UNSAID =
      new CacheWish(Optional.empty(), OptionalInt.empty(), false);

  private static final int DEFAULT_SECONDS = 300;
  private static final int LEAST_SECONDS = 1;
  private static final int MOST_SECONDS = 86_400;

  public static CacheWish of(@Nullable String cache, @Nullable String ttl, @Nullable String clear) {
    if (cache == null && ttl == null && clear == null) {
      return UNSAID;
    }
    return new CacheWish(flag(cache), seconds(ttl), flag(clear).orElse(false));
  }

  private static Optional<Boolean> flag(@Nullable String value) {
    if ("true".equalsIgnoreCase(value)) {
      return Optional.of(true);
    }
    return "false".equalsIgnoreCase(value) ? Optional.of(false) : Optional.empty();
  }

  /// Leading digits count: `60abc` is 60, `1.5` is 1.
  private static OptionalInt seconds(@Nullable String value) {
    long seconds = 0;
    int digits = 0;
    while (value != null
        && digits < value.length()
        && digits < 12
        && value.charAt(digits) >= '0'
        && value.charAt(digits) <= '9') {
      seconds = seconds * 10 + value.charAt(digits++) - '0';
    }
    return digits == 0 ? OptionalInt.empty() : OptionalInt.of(clamped(seconds));
  }

  static int clamped(long seconds) {
    return Math.clamp(seconds, LEAST_SECONDS, MOST_SECONDS);
  }

  /// Returns what holds under a preset: either may switch the cache off, the headers' lifetime
  /// wins.
  public CacheWish under(CacheRule rule) {
    if (rule.equals(CacheRule.NONE)) {
      return this;
    }
    boolean forbidden = rule.enabled().isPresent() && !rule.enabled().get();
    return new CacheWish(
        forbidden ? rule.enabled() : wanted.or(rule::enabled),
        ttlSeconds.isPresent() ? ttlSeconds : rule.ttlSeconds(),
        clear);
  }

  public int ttl() {
    return ttlSeconds.orElse(DEFAULT_SECONDS);
  }
}
