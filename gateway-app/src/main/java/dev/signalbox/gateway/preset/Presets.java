package dev.signalbox.gateway.preset;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.signalbox.db.Notifications;
import dev.signalbox.gateway.cache.CacheRule;
import dev.signalbox.gateway.dialect.CallerDialect;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.Problems;
import dev.signalbox.gateway.wire.Document;
import dev.signalbox.gateway.wire.MalformedJsonException;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Needle;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/// Presets in memory, put into the requests that name one.
///
/// A change is announced by the database, and drops what is held; what an announcement misses is
/// read again after [#FRESH_FOR]. A preset that cannot be read again serves on for [#STALE_FOR].
public final class Presets implements AutoCloseable {
  static final Duration FRESH_FOR = Duration.ofSeconds(30);
  static final Duration STALE_FOR = Duration.ofMinutes(10);

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /// Stands in every body that names a preset, and in some others.
  private static final Needle PRESET = Needle.of("preset");

  private final PresetStore store;
  private final Disposable listening;
  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private final Cache<Name, Held> held =
      Caffeine.newBuilder()
          .executor(Runnable::run)
          .maximumSize(20_000)
          .expireAfterWrite(STALE_FOR)
          .build();

  /// Rises with each announcement: what was read before one is not kept after it.
  private volatile long announcements;

  private record Name(UUID account, String slug) {}

  /// @param preset empty where there is none
  private record Held(Optional<Preset> preset, long freshUntilNanos) {}

  /// @param listener connects outside of the pool
  Presets(PresetStore store, ConnectionFactory listener) {
    this.store = store;
    this.listening = Notifications.on(listener, "signalbox_presets").subscribe(this::changed);
  }

  /// Looks at a body, and once more where a preset changed it. A body that is only wrong until its
  /// preset is in gets that chance.
  public Mono<PresetRequest> glance(
      CallerDialect dialect, Surface surface, Document body, UUID account) {
    try {
      Glance glance = dialect.glance(surface, body);
      if (PresetReference.in(glance.members()).isEmpty()) {
        return Mono.just(new PresetRequest(glance, CacheRule.NONE));
      }
    } catch (Problem wrong) {
      if (!PRESET.isIn(body)) {
        return Mono.error(wrong);
      }
    }
    return applied(dialect, surface, body, account);
  }

  /// Looks at a request with the settings of the preset that it names; as it was, if it names none.
  ///
  /// @throws Problem 400 if the body is not JSON; signalled are a 404 if there is no such preset,
  ///   and a 503 if it cannot be found out
  private Mono<PresetRequest> applied(
      CallerDialect dialect, Surface surface, Document body, UUID account) {
    Members request;
    try {
      request = Members.scan(body);
    } catch (MalformedJsonException malformed) {
      return Mono.error(Problems.notJson(malformed));
    }
    Optional<PresetReference> reference = PresetReference.in(request);
    return reference.isEmpty()
        ? Mono.fromCallable(() -> new PresetRequest(dialect.glance(surface, body), CacheRule.NONE))
        : find(new Name(account, reference.get().slug()))
            .map(
                preset ->
                    new PresetRequest(
                        dialect.glance(
                            surface, PresetMerge.of(surface, request, reference.get(), preset)),
                        preset.caching()));
  }

  private Mono<Preset> find(Name name) {
    Held known = held.getIfPresent(name);
    Mono<Optional<Preset>> found =
        known != null && System.nanoTime() - known.freshUntilNanos() < 0
            ? Mono.just(known.preset())
            : read(name)
                .timeout(PATIENCE)
                .onErrorResume(
                    failure ->
                        known != null
                            ? Mono.just(known.preset())
                            : Mono.error(
                                Problem.unavailable("Service temporarily unavailable")
                                    .header("Retry-After", "1")));
    return found
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.error(() -> Problem.notFound("Preset %.64s not found".formatted(name.slug()))));
  }

  private Mono<Optional<Preset>> read(Name name) {
    return Mono.defer(
        () -> {
          long before = announcements;
          return store
              .find(name.account(), name.slug())
              .filter(row -> row.status().equals("active"))
              .map(row -> Optional.of(preset(row)))
              .defaultIfEmpty(Optional.empty())
              .doOnNext(
                  preset -> {
                    if (announcements == before) {
                      held.put(name, new Held(preset, System.nanoTime() + FRESH_FOR.toNanos()));
                    }
                  });
        });
  }

  private static Preset preset(PresetStore.Row row) {
    PresetStore.Version version = row.designated();
    return Preset.of(row.slug(), version.config(), version.systemPrompt());
  }

  private void changed(String announcement) {
    announcements++;
    int space = announcement.indexOf(' ');
    if (space < 0) {
      held.invalidateAll();
    } else {
      held.invalidate(
          new Name(
              UUID.fromString(announcement.substring(0, space)),
              announcement.substring(space + 1)));
    }
  }

  @Override
  public void close() {
    listening.dispose();
  }
}
