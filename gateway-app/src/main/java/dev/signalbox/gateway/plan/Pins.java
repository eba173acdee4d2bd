package dev.signalbox.gateway.plan;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.signalbox.catalog.Endpoint;
import dev.signalbox.catalog.EndpointId;
import dev.signalbox.pricing.Pricing;
import dev.signalbox.pricing.Pricing.Item;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Which endpoint keeps which conversation: the one that answered it last.
public final class Pins {
  /*
   * A conversation that its caller names is found by a hash on every replica before anything is
   * remembered of it (weighted rendezvous hashing, in the router). What is remembered here matters
   * when the one that answered is another: after a fallback, or when prices changed under way. A
   * conversation that is only guessed is remembered once its provider's cache was seen at work.
   *
   * Only successes write. A failed attempt neither moves a pin nor keeps it alive.
   */

  /// A pin is told to other replicas again when this share of its life has passed.
  private static final int RETOLD_AFTER = 4;

  private final Cache<Long, Pin> pins;
  private final Duration ttl;
  private final int maxUntold;
  private final Map<Long, Pin> untold = new ConcurrentHashMap<>();

  /// @param at when the endpoint answered, in milliseconds of the epoch
  /// @param toldAt when the other replicas were told, likewise; 0 is never
  public record Pin(EndpointId endpoint, long at, long toldAt) {}

  /// @param ttl how long a conversation may be silent
  /// @param maxPins the least recently used are forgotten beyond
  public Pins(Duration ttl, int maxPins, Ticker ticker) {
    this.ttl = ttl;
    this.maxUntold = maxPins / 10 + 1;
    // Whoever reads it keeps it up: to wake another thread for that costs more.
    this.pins =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(maxPins)
            .expireAfterWrite(ttl)
            .ticker(ticker)
            .build();
  }

  Optional<EndpointId> of(Conversation conversation) {
    Pin pin = pins.policy().getIfPresentQuietly(conversation.key());
    return pin == null ? Optional.empty() : Optional.of(pin.endpoint());
  }

  /// Remembers who answered.
  ///
  /// @param cached the provider's prompt cache was read or written
  public void answered(Conversation conversation, Endpoint endpoint, boolean cached) {
    if (!conversation.choosesModel() && !cachesCheaper(endpoint)) {
      return;
    }
    long key = conversation.key();
    Pin known = pins.policy().getIfPresentQuietly(key);
    if (!conversation.explicit() && !cached && known == null) {
      return;
    }
    long now = System.currentTimeMillis();
    long toldAt = known != null && known.endpoint().equals(endpoint.id()) ? known.toldAt() : 0;
    boolean told = now - toldAt < ttl.toMillis() / RETOLD_AFTER;
    var pin = new Pin(endpoint.id(), now, told ? toldAt : now);
    pins.put(key, pin);
    if (!told && untold.size() < maxUntold) {
      untold.put(key, pin);
    }
  }

  /// Returns what other replicas do not know yet, and takes it for told.
  public Map<Long, Pin> takeUntold() {
    Map<Long, Pin> taken = Map.copyOf(untold);
    taken.forEach(untold::remove);
    return taken;
  }

  /// Takes back what could not be told after all.
  public void tellAgain(Map<Long, Pin> pins) {
    pins.forEach(untold::putIfAbsent);
  }

  /// Learns of an answer on another replica; the latest counts.
  public void heard(long conversation, EndpointId endpoint, long at) {
    Pin known = pins.policy().getIfPresentQuietly(conversation);
    if (known == null || known.at() < at) {
      pins.put(conversation, new Pin(endpoint, at, at));
    }
  }

  public Duration ttl() {
    return ttl;
  }

  /// Staying with an endpoint saves money where reading cached prompts is cheaper.
  static boolean cachesCheaper(Endpoint endpoint) {
    Pricing pricing = endpoint.listPricing();
    return pricing.prices().containsKey(Item.INPUT_CACHE_READ)
        && pricing.price(Item.INPUT_CACHE_READ).compareTo(pricing.price(Item.PROMPT)) < 0;
  }
}
