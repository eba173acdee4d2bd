package dev.signalbox.gateway.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.gateway.dialect.Glance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The answers of this replica that may be given again, in memory, within a bound of bytes.
///
/// Each lives as long as the request that stored it said. Two requests at once that both miss are
/// both answered by providers.
public final class ResponseCache {
  private static final int OVERHEAD_BYTES = 512;

  private final Cache<String, CachedAnswer> answers;
  private final int maxEntryBytes;

  /// @param maxBytes of all answers; 0 keeps none
  public ResponseCache(long maxBytes, int maxEntryBytes, Ticker ticker) {
    this.maxEntryBytes = maxEntryBytes;
    this.answers =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((String _, CachedAnswer answer) -> answer.body().length + OVERHEAD_BYTES)
            .expireAfter(
                Expiry.<String, CachedAnswer>writing(
                    (_, answer) -> Duration.ofSeconds(answer.ttlSeconds())))
            .ticker(ticker)
            .build();
  }

  public String key(String keyHash, Glance glance) {
    return CacheKey.of(keyHash, glance);
  }

  public @Nullable CachedAnswer find(String key) {
    return answers.getIfPresent(key);
  }

  public void forget(String key) {
    answers.invalidate(key);
  }

  public void keep(String key, CachedAnswer answer) {
    if (answer.body().length <= maxEntryBytes) {
      answers.put(key, answer);
    }
  }

  /// The longest answer that is worth collecting.
  public int maxEntryBytes() {
    return maxEntryBytes;
  }
}
