package dev.signalbox.gateway.replica;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.plan.Pins;
import dev.signalbox.gateway.plan.Pins.Pin;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Which endpoints keep which conversations, among replicas.
final class SharedPins implements Exchange.Part {
  /// What one round takes in at most.
  private static final int MAX_HEARD = 50_000;

  /// What one statement carries.
  private static final int BATCH = 2_000;

  private final DatabaseClient database;
  private final Pins pins;

  SharedPins(DatabaseClient database, Pins pins) {
    this.database = database;
    this.pins = pins;
  }

  @Override
  public Mono<Void> tell(UUID replica) {
    return Mono.defer(
        () -> {
          // In one order, so that two replicas cannot wait for each other's rows.
          var untold = new TreeMap<>(pins.takeUntold());
          return Flux.fromIterable(untold.entrySet())
              .buffer(BATCH)
              .concatMap(batch -> tell(replica, batch))
              .then()
              .doOnError(_ -> pins.tellAgain(untold))
              .doOnCancel(() -> pins.tellAgain(untold));
        });
  }

  private Mono<Long> tell(UUID replica, Iterable<Map.Entry<Long, Pin>> batch) {
    var conversations = new ArrayList<Long>();
    var endpoints = new ArrayList<String>();
    var times = new ArrayList<Long>();
    batch.forEach(
        entry -> {
          conversations.add(entry.getKey());
          endpoints.add(entry.getValue().endpoint().value());
          times.add(entry.getValue().at());
        });
    return database
        .sql(
            """
            INSERT INTO conversation_pins AS pins (conversation, endpoint_id, answered_at, replica)
            SELECT told.conversation, told.endpoint_id, told.answered_at, :replica
            FROM unnest(CAST(:conversations AS bigint[]), CAST(:endpoints AS text[]),
                        CAST(:times AS bigint[])) AS told (conversation, endpoint_id, answered_at)
            ON CONFLICT (conversation) DO UPDATE
              SET endpoint_id = excluded.endpoint_id, answered_at = excluded.answered_at,
                  replica = excluded.replica, told_at = clock_timestamp()
              WHERE pins.answered_at < excluded.answered_at
            """)
        .bind("replica", replica)
        .bind("conversations", conversations.toArray(Long[]::new))
        .bind("endpoints", endpoints.toArray(String[]::new))
        .bind("times", times.toArray(Long[]::new))
        .fetch()
        .rowsUpdated();
  }

  @Override
  public Mono<Void> hear(UUID replica, Duration since) {
    return database
        .sql(
            """
            SELECT conversation, endpoint_id, answered_at FROM conversation_pins
            WHERE told_at > clock_timestamp() - make_interval(secs => :since)
              AND replica <> :replica
            ORDER BY told_at DESC LIMIT :max
            """)
        .bind("since", since.toMillis() / 1000.0)
        .bind("replica", replica)
        .bind("max", MAX_HEARD)
        .map(this::heard)
        .all()
        .then();
  }

  private boolean heard(Readable row) {
    long conversation = Objects.requireNonNull(row.get("conversation", Long.class));
    long at = Objects.requireNonNull(row.get("answered_at", Long.class));
    String endpoint = Objects.requireNonNull(row.get("endpoint_id", String.class));
    pins.heard(conversation, new EndpointId(endpoint), at);
    return true;
  }

  @Override
  public Mono<Void> tidy() {
    return database
        .sql(
            "DELETE FROM conversation_pins"
                + " WHERE told_at < clock_timestamp() - make_interval(secs => :age)")
        .bind("age", memory().plusMinutes(1).toMillis() / 1000.0)
        .then();
  }

  @Override
  public Duration memory() {
    return pins.ttl();
  }
}
