package dev.signalbox.gateway.offer;

import dev.signalbox.gateway.offer.Overlay.Entry;
import dev.signalbox.gateway.offer.Overlay.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// What operators changed of the offer, as the database has it. Every method joins the transaction
/// of its subscriber.
public final class OfferStore {
  private final DatabaseClient database;
  private final Credentials credentials;

  public OfferStore(DatabaseClient database, Credentials credentials) {
    this.database = database;
    this.credentials = credentials;
  }

  /// @param version of what was read, or an older one: never a newer
  /// @param own credentials of accounts
  /// @param next until something that was announced comes into force
  public record Snapshot(
      long version, Overlay overlay, List<Credentials.Opened> own, Optional<Duration> next) {}

  /// Returns the number that rises with every change.
  public Mono<Long> version() {
    return database
        .sql("SELECT version FROM offer_version")
        .map(row -> required(row.get(0, Long.class)))
        .one();
  }

  /// Reads everything that is in force now. The version is read first: what changes meanwhile has a
  /// newer one, and is read again.
  public Mono<Snapshot> load() {
    return version()
        .flatMap(
            version ->
                Mono.zip(
                        entries(),
                        credentials.open().collectList(),
                        markups(),
                        prices().collectMap(Price::endpoint, Price::pricing),
                        next())
                    .map(
                        all -> {
                          var operators = new HashMap<String, String>();
                          all.getT2().stream()
                              .filter(one -> one.of().account().isEmpty())
                              .forEach(one -> operators.put(one.of().provider(), one.secret()));
                          List<Credentials.Opened> own =
                              all.getT2().stream()
                                  .filter(one -> one.of().account().isPresent())
                                  .toList();
                          var accounts = new HashMap<UUID, BigDecimal>();
                          all.getT3()
                              .getOrDefault("account", Map.of())
                              .forEach((id, percent) -> accounts.put(UUID.fromString(id), percent));
                          return new Snapshot(
                              version,
                              new Overlay(
                                  all.getT1(), operators, all.getT3(), accounts, all.getT4()),
                              own,
                              all.getT5());
                        }));
  }

  private Mono<Map<Kind, Map<String, Entry>>> entries() {
    return database
        .sql("SELECT kind, name, body::text AS body, removed FROM catalog_entry ORDER BY name")
        .map(
            row ->
                new Named(
                    Kind.valueOf(required(row.get("kind", String.class)).toUpperCase(Locale.ROOT)),
                    required(row.get("name", String.class)),
                    new Entry(
                        required(row.get("body", String.class)),
                        required(row.get("removed", Boolean.class)))))
        .all()
        .collect(
            () -> new EnumMap<Kind, Map<String, Entry>>(Kind.class),
            (all, one) ->
                all.computeIfAbsent(one.kind, _ -> new TreeMap<>()).put(one.name, one.entry))
        .map(all -> all);
  }

  private record Named(Kind kind, String name, Entry entry) {}

  private Mono<Map<String, Map<String, BigDecimal>>> markups() {
    return database
        .sql(
            """
            SELECT DISTINCT ON (scope, subject) scope, subject, percent FROM markup_rule
            WHERE effective_from <= clock_timestamp()
            ORDER BY scope, subject, effective_from DESC
            """)
        .map(
            row ->
                new Rule(
                    required(row.get("scope", String.class)),
                    required(row.get("subject", String.class)),
                    row.get("percent", BigDecimal.class)))
        .all()
        .collect(
            () -> new HashMap<String, Map<String, BigDecimal>>(),
            (all, rule) -> {
              if (rule.percent != null) {
                all.computeIfAbsent(rule.scope, _ -> new HashMap<>())
                    .put(rule.subject, rule.percent);
              }
            })
        .map(all -> all);
  }

  private record Rule(String scope, String subject, @Nullable BigDecimal percent) {}

  private Flux<Price> prices() {
    return database
        .sql(
            """
            SELECT endpoint_id, pricing::text AS pricing FROM (
              SELECT DISTINCT ON (endpoint_id) endpoint_id, pricing FROM endpoint_price
              WHERE effective_from <= clock_timestamp()
              ORDER BY endpoint_id, effective_from DESC) latest
            WHERE pricing IS NOT NULL
            """)
        .map(
            row ->
                new Price(
                    required(row.get("endpoint_id", String.class)),
                    required(row.get("pricing", String.class))))
        .all();
  }

  private record Price(String endpoint, String pricing) {}

  private Mono<Optional<Duration>> next() {
    return database
        .sql(
            """
            SELECT CAST(ceil(extract(epoch FROM min(at) - clock_timestamp()) * 1000) AS bigint)
            FROM (SELECT min(effective_from) AS at FROM markup_rule
                  WHERE effective_from > clock_timestamp()
                  UNION ALL
                  SELECT min(effective_from) FROM endpoint_price
                  WHERE effective_from > clock_timestamp()) boundaries
            """)
        .map(row -> Optional.ofNullable(row.get(0, Long.class)).map(Duration::ofMillis))
        .one();
  }

  private static <T> T required(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
