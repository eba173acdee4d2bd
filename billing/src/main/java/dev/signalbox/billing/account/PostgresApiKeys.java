package dev.signalbox.billing.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.signalbox.db.Notifications;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Readable;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Keys from PostgreSQL, held in memory: a known key costs no query.
///
/// A change is announced by the database; what an announcement misses, a look at recent changes
/// finds twice a second. No entry is written but from a row at least as new as every change heard
/// of. While the database cannot be asked, entries serve on for [#STALE_FOR], and no longer.
///
/// Entries are found by the SHA-256 of the secret: some hundred nanoseconds, and no secret stays in
/// memory.
public final class PostgresApiKeys implements ApiKeys, AutoCloseable {
  /// How long keys are honoured when the database cannot confirm that they still stand.
  public static final Duration STALE_FOR = Duration.ofMinutes(10);

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long LONGEST_TRANSACTION_SECONDS = 30;
  private static final int LONGEST_SECRET = 512;

  private final DatabaseClient database;
  private final Pepper pepper;
  // Whoever reads it keeps it up: to wake another thread for that costs more.
  private final Cache<String, Entry> entries =
      Caffeine.newBuilder()
          .executor(Runnable::run)
          .maximumSize(100_000)
          .expireAfterAccess(Duration.ofHours(1))
          .build();
  private final Cache<String, Boolean> strangers =
      Caffeine.newBuilder().maximumSize(50_000).expireAfterWrite(Duration.ofSeconds(10)).build();

  /// The newest version heard of, by hash: a load that read an older row must not be kept.
  private final Cache<String, Long> heard =
      Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(Duration.ofMinutes(5)).build();

  private final ConcurrentMap<String, Mono<KeyRecord>> loading = new ConcurrentHashMap<>();
  private final Disposable.Composite watching = Disposables.composite();
  private volatile long confirmedAt = System.nanoTime();

  /// How far the database's clock is ahead of ours: keys expire by the database's, everywhere.
  private volatile Duration ahead = Duration.ZERO;

  private record Entry(KeyRecord record, long refreshAt) {}

  private record Change(String hash, long version) {}

  /// One row of a look at recent changes: always one, even if nothing changed.
  private record Look(Instant now, Optional<Change> change) {
    static Look read(Readable row) {
      String hash = row.get("hash", String.class);
      Long version = row.get("version", Long.class);
      return new Look(
          Objects.requireNonNull(row.get("now", OffsetDateTime.class)).toInstant(),
          hash == null || version == null
              ? Optional.empty()
              : Optional.of(new Change(hash, version)));
    }
  }

  /// @param listener connects outside of the pool
  public PostgresApiKeys(DatabaseClient database, ConnectionFactory listener, Pepper pepper) {
    this.database = database;
    this.pepper = pepper;
    watching.add(listen(listener).subscribe(this::changed));
    watching.add(poll().subscribe(this::changed));
  }

  @Override
  public @Nullable ApiKey known(String secret) {
    if (secret.length() > LONGEST_SECRET) {
      return null;
    }
    String hash = KeySecret.hash(secret);
    Entry entry = entries.getIfPresent(hash);
    long now = System.nanoTime();
    if (entry == null || now - confirmedAt > STALE_FOR.toNanos()) {
      return null;
    }
    if (now - entry.refreshAt > 0 && !loading.containsKey(hash)) {
      load(hash, secret).subscribe(found -> {}, failed -> {});
    }
    return entry.record.key();
  }

  @Override
  public Mono<ApiKey> find(String secret) {
    if (secret.isEmpty() || secret.length() > LONGEST_SECRET) {
      return Mono.empty();
    }
    ApiKey known = known(secret);
    if (known != null) {
      return Mono.just(known);
    }
    String hash = KeySecret.hash(secret);
    return strangers.getIfPresent(hash) != null
        ? Mono.empty()
        : load(hash, secret).map(KeyRecord::key).onErrorMap(KeysUnavailableException::new);
  }

  @Override
  public Optional<String> refusal(ApiKey key) {
    if (key.disabled()) {
      return Optional.of("This API key is disabled.");
    }
    boolean expired =
        key.expiresAt().filter(at -> !Instant.now().plus(ahead).isBefore(at)).isPresent();
    return expired ? Optional.of("User not found.") : Optional.empty();
  }

  /// Forgets all keys; they are read again as they are used.
  public void forget() {
    entries.invalidateAll();
    strangers.invalidateAll();
  }

  @Override
  public void close() {
    watching.dispose();
  }

  /// However many ask at once, one query runs.
  private Mono<KeyRecord> load(String hash, String secret) {
    return loading.computeIfAbsent(
        hash,
        asked ->
            read(hash, secret).timeout(PATIENCE).doFinally(signal -> loading.remove(hash)).cache());
  }

  private Mono<KeyRecord> read(String hash, String secret) {
    return database
        .sql(KeyRecord.SELECT + " WHERE k.hash = :hash")
        .bind("hash", hash)
        .map(
            row ->
                MessageDigest.isEqual(
                        Objects.requireNonNull(row.get("secret_mac", byte[].class)),
                        pepper.mac(secret))
                    ? Optional.of(KeyRecord.read(row))
                    : Optional.<KeyRecord>empty())
        .one()
        .defaultIfEmpty(Optional.empty())
        .flatMap(
            found -> {
              boolean current =
                  found.map(record -> keep(hash, record)).orElseGet(() -> keepStranger(hash));
              return current
                  ? Mono.justOrEmpty(found.filter(record -> !record.deleted()))
                  : read(hash, secret);
            });
  }

  private boolean keep(String hash, KeyRecord record) {
    long lifetime = Duration.ofSeconds(ThreadLocalRandom.current().nextLong(240, 480)).toNanos();
    var kept =
        new Object() {
          boolean current = true;
        };
    entries
        .asMap()
        .compute(
            hash,
            (same, before) -> {
              Long newest = heard.getIfPresent(hash);
              if (newest != null && record.version() < newest) {
                kept.current = false;
                return before;
              }
              if (before != null && before.record.version() > record.version()) {
                return before;
              }
              return record.deleted() ? null : new Entry(record, System.nanoTime() + lifetime);
            });
    if (kept.current && record.deleted()) {
      strangers.put(hash, true);
    }
    return kept.current;
  }

  private boolean keepStranger(String hash) {
    // A key announced while we looked: it is there by now, and the next caller will find it.
    if (heard.getIfPresent(hash) == null) {
      strangers.put(hash, true);
    }
    return true;
  }

  private void changed(Change change) {
    heard.asMap().merge(change.hash, change.version, Math::max);
    entries
        .asMap()
        .computeIfPresent(
            change.hash, (hash, entry) -> entry.record.version() < change.version ? null : entry);
    strangers.invalidate(change.hash);
  }

  private static Flux<Change> listen(ConnectionFactory factory) {
    return Notifications.on(factory, "signalbox_keys")
        .filter(text -> !text.isEmpty())
        .map(
            text -> {
              int space = text.indexOf(' ');
              return new Change(
                  text.substring(0, space), Long.parseLong(text.substring(space + 1)));
            });
  }

  private Flux<Change> poll() {
    return Flux.interval(POLL)
        .onBackpressureDrop()
        .concatMap(tick -> recentChanges().onErrorResume(failure -> Flux.empty()), 1);
  }

  private Flux<Change> recentChanges() {
    return Flux.defer(
        () -> {
          long asked = System.nanoTime();
          long window =
              LONGEST_TRANSACTION_SECONDS + Duration.ofNanos(asked - confirmedAt).toSeconds();
          return database
              .sql(
                  """
                  SELECT clock_timestamp() AS now, k.hash, k.version
                  FROM (SELECT 1) always LEFT JOIN api_keys k
                    ON k.changed_at > clock_timestamp() - make_interval(secs => :window)
                  """)
              .bind("window", (double) window)
              .map(Look::read)
              .all()
              .timeout(Duration.ofSeconds(2))
              .collectList()
              .doOnNext(
                  looks -> {
                    looks.stream().flatMap(look -> look.change().stream()).forEach(this::changed);
                    ahead = Duration.between(Instant.now(), looks.getFirst().now());
                    confirmedAt = asked;
                  })
              .thenMany(Flux.empty());
        });
  }
}
