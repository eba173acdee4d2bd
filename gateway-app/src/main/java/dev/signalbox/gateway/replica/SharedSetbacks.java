package dev.signalbox.gateway.replica;

import dev.signalbox.catalog.EndpointId;
import dev.signalbox.gateway.health.Breakers;
import dev.signalbox.gateway.health.Setback;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// Outages and cool-downs that replicas saw, as long as they last.
final class SharedSetbacks implements Exchange.Part {
  private final DatabaseClient database;
  private final Breakers breakers;
  private boolean toldAny;

  SharedSetbacks(DatabaseClient database, Breakers breakers) {
    this.database = database;
    this.breakers = breakers;
  }

  @Override
  public Mono<Void> tell(UUID replica) {
    return Mono.defer(
        () -> {
          List<Setback> seen = breakers.setbacks();
          if (seen.isEmpty() && !toldAny) {
            return Mono.empty();
          }
          return withdraw(replica)
              .then(Mono.defer(() -> seen.isEmpty() ? Mono.empty() : tell(replica, seen)))
              .then(Mono.fromRunnable(() -> toldAny = !seen.isEmpty()));
        });
  }

  private Mono<Void> withdraw(UUID replica) {
    return database
        .sql("DELETE FROM replica_setbacks WHERE replica = :replica")
        .bind("replica", replica)
        .then();
  }

  private Mono<Void> tell(UUID replica, List<Setback> seen) {
    return database
        .sql(
            """
            INSERT INTO replica_setbacks (replica, endpoint_id, kind, began_at, until_at)
            SELECT :replica, told.endpoint_id, told.kind,
                   clock_timestamp() - make_interval(secs => told.age),
                   clock_timestamp() + make_interval(secs => told.remaining)
            FROM unnest(CAST(:endpoints AS text[]), CAST(:kinds AS text[]),
                        CAST(:ages AS double precision[]), CAST(:lefts AS double precision[]))
              AS told (endpoint_id, kind, age, remaining)
            ON CONFLICT DO NOTHING
            """)
        .bind("replica", replica)
        .bind("endpoints", seen.stream().map(s -> s.endpoint().value()).toArray(String[]::new))
        .bind("kinds", seen.stream().map(s -> s.kind().name()).toArray(String[]::new))
        .bind("ages", seen.stream().map(s -> seconds(s.age())).toArray(Double[]::new))
        .bind("lefts", seen.stream().map(s -> seconds(s.left())).toArray(Double[]::new))
        .then();
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  @Override
  public Mono<Void> hear(UUID replica, Duration since) {
    return database
        .sql(
            """
            SELECT endpoint_id, kind,
                   extract(epoch FROM clock_timestamp() - began_at)::double precision AS age,
                   extract(epoch FROM until_at - clock_timestamp())::double precision AS remaining
            FROM replica_setbacks
            WHERE replica <> :replica AND until_at > clock_timestamp()
            """)
        .bind("replica", replica)
        .map(this::heard)
        .all()
        .then();
  }

  private boolean heard(Readable row) {
    breakers.hear(
        new Setback(
            new EndpointId(Objects.requireNonNull(row.get("endpoint_id", String.class))),
            Setback.Kind.valueOf(Objects.requireNonNull(row.get("kind", String.class))),
            duration(row, "age"),
            duration(row, "remaining")));
    return true;
  }

  private static Duration duration(Readable row, String column) {
    double seconds = Objects.requireNonNull(row.get(column, Double.class));
    return Duration.ofNanos((long) (Math.max(0, seconds) * 1e9));
  }

  @Override
  public Mono<Void> tidy() {
    return database.sql("DELETE FROM replica_setbacks WHERE until_at < clock_timestamp()").then();
  }

  @Override
  public Duration memory() {
    return Duration.ZERO;
  }
}
