package dev.signalbox.billing.ledger;

import java.time.Duration;
import java.time.Period;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Keeps the ledger's partitions: made ahead of time, and dropped after it where the operator says
/// so. Of several replicas, one at a time does it.
final class Upkeep {
  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
  private static final int MONTHS_AHEAD = 3;

  private final DatabaseClient database;
  private final @Nullable Period keep;

  /// @param keep how long records are kept; null for ever
  Upkeep(DatabaseClient database, @Nullable Period keep) {
    this.database = database;
    this.keep = keep;
  }

  /// Never ends, and survives any failure.
  Flux<Void> run(Duration every) {
    return Flux.interval(Duration.ofSeconds(1), every)
        .onBackpressureDrop()
        .concatMap(
            _ ->
                once()
                    .onErrorResume(
                        failure -> {
                          log.warn("Partitions could not be looked after ({})", failure.toString());
                          return Mono.empty();
                        }),
            1);
  }

  Mono<Void> once() {
    var upkeep = database.sql("SELECT usage_upkeep($1, $2::interval)").bind("$1", MONTHS_AHEAD);
    upkeep =
        keep == null ? upkeep.bindNull("$2", String.class) : upkeep.bind("$2", keep.toString());
    return upkeep
        .map(row -> row.get(0, String[].class))
        .one()
        .doOnNext(
            dropped -> {
              if (dropped != null && dropped.length > 0) {
                log.info("Dropped what is past its time: {}", String.join(", ", dropped));
              }
            })
        .then();
  }
}
