package dev.signalbox.gateway.stage;

import dev.signalbox.billing.ledger.Ledger;
import dev.signalbox.gateway.cache.CacheWish;
import dev.signalbox.gateway.cache.CachedAnswer;
import dev.signalbox.gateway.cache.Collector;
import dev.signalbox.gateway.cache.Replay;
import dev.signalbox.gateway.cache.ResponseCache;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.pricing.Money;
import dev.signalbox.routing.plan.Candidate;
import io.netty.channel.EventLoop;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// Gives answers again that were kept, and keeps new ones, for callers who ask for that.
final class Remembering {
  private static final String STATUS = "X-OpenRouter-Cache-Status";
  private static final String TTL = "X-OpenRouter-Cache-TTL";

  private final ResponseCache cache;
  private final Ledger ledger;

  Remembering(ResponseCache cache, Ledger ledger) {
    this.cache = cache;
    this.ledger = ledger;
  }

  /// Answers from what is kept, and then is empty; else returns what serves the request, whose
  /// answer is kept.
  ///
  /// @param serve makes a generation that tells its answer to a reply
  Mono<Generation> around(Call call, Reply reply, Function<Reply, Mono<Generation>> serve) {
    CacheWish wish = call.headers().cache();
    boolean off =
        !wish.wanted().orElse(false)
            || call.key().zdrOnly()
            || call.glance().surface() == Surface.COMPLETIONS;
    if (off) {
      return serve.apply(reply);
    }
    String key = cache.key(call.key().hash(), call.glance());
    if (wish.clear()) {
      cache.forget(key);
    }
    CachedAnswer hit = cache.find(key);
    if (hit != null) {
      return again(call, hit, reply);
    }
    var keeping = new Keeping(call, key, wish.ttl(), reply);
    return serve.apply(keeping).doOnNext(generation -> keeping.generation = generation);
  }

  private Mono<Generation> again(Call call, CachedAnswer hit, Reply reply) {
    return ledger
        .hold(call.key(), Money.ZERO)
        .flatMap(hold -> ledger.post(hold, Recording.again(call, hit)))
        .then(
            Mono.fromRunnable(
                () -> {
                  byte[] body =
                      Replay.of(hit, call.generationId(), call.createdAt().getEpochSecond());
                  if (call.glance().stream()) {
                    reply.begin(headers(call, hit));
                    reply.write(body);
                    reply.complete();
                  } else {
                    reply.whole(200, headers(call, hit), body);
                  }
                }));
  }

  private static Map<String, String> headers(Call call, CachedAnswer hit) {
    long age = hit.age(Instant.now());
    return Map.of(
        "X-Generation-Id",
        call.generationId(),
        STATUS,
        "HIT",
        "X-OpenRouter-Cache-Age",
        Long.toString(age),
        TTL,
        Long.toString(Math.max(0, hit.ttlSeconds() - age)),
        "X-OpenRouter-Cache-Source-Id",
        hit.id());
  }

  /// Passes an answer on, and keeps it once it is whole.
  private final class Keeping implements Reply {
    private final Call call;
    private final String key;
    private final int ttl;
    private final Reply reply;
    private final Collector collected = new Collector(cache.maxEntryBytes());
    private volatile @Nullable Generation generation;

    Keeping(Call call, String key, int ttl, Reply reply) {
      this.call = call;
      this.key = key;
      this.ttl = ttl;
      this.reply = reply;
    }

    @Override
    public void attach(Caller caller) {
      reply.attach(caller);
    }

    @Override
    public void whole(int status, Map<String, String> headers, byte[] body) {
      if (status == 200) {
        keep(body);
        reply.whole(status, withMiss(headers), body);
      } else {
        reply.whole(status, headers, body);
      }
    }

    @Override
    public void begin(Map<String, String> headers) {
      reply.begin(withMiss(headers));
    }

    private Map<String, String> withMiss(Map<String, String> headers) {
      var all = new HashMap<>(headers);
      all.put(STATUS, "MISS");
      all.put(TTL, Integer.toString(ttl));
      return all;
    }

    @Override
    public void write(byte[] bytes) {
      collected.add(bytes, call.glance().surface().skin().keepAlive());
      reply.write(bytes);
    }

    @Override
    public void complete() {
      keep(collected.bytes());
      reply.complete();
    }

    private void keep(byte[] body) {
      Generation by = generation;
      Candidate from = by == null ? null : by.served();
      if (from != null && Replay.isWhole(call.glance().surface(), call.glance().stream(), body)) {
        cache.keep(key, new CachedAnswer(call.generationId(), call.createdAt(), body, from, ttl));
      }
    }

    @Override
    public boolean isFull() {
      return reply.isFull();
    }

    @Override
    public @Nullable EventLoop loop() {
      return reply.loop();
    }
  }
}
