package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.Pepper;
import dev.signalbox.db.Migrations;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

/// Compares the pepper with the one that the database's keys were made with, before the first
/// request is taken: with another one, every good key would be refused.
final class PepperCheck implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(PepperCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final DatabaseClient database;
  private final Migrations migrations;
  private final String proof;

  PepperCheck(DatabaseClient database, Migrations migrations, Pepper pepper) {
    this.database = database;
    this.migrations = migrations;
    this.proof = HexFormat.of().formatHex(pepper.mac("signalbox"));
  }

  @Override
  public void afterSingletonsInstantiated() {
    if (!migrations.areDone()) {
      return;
    }
    try {
      check().block(PATIENCE);
    } catch (WrongPepperException wrong) {
      throw wrong;
    } catch (RuntimeException away) {
      log.warn("The pepper could not be checked yet: {}", away.toString());
    }
  }

  /// Notes the pepper at the first start of all; fails if it is not the one noted.
  ///
  /// @return whether this is the first start
  Mono<Boolean> claim() {
    return database
        .sql(
            "INSERT INTO installation (name, value) VALUES ('pepper', :proof)"
                + " ON CONFLICT DO NOTHING")
        .bind("proof", proof)
        .fetch()
        .rowsUpdated()
        .flatMap(added -> check().thenReturn(added == 1));
  }

  private Mono<Void> check() {
    return database
        .sql("SELECT value FROM installation WHERE name = 'pepper'")
        .map(row -> Objects.requireNonNull(row.get(0, String.class)))
        .one()
        .filter(kept -> !kept.equals(proof))
        .flatMap(kept -> Mono.error(new WrongPepperException()));
  }
}
