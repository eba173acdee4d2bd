package dev.signalbox.gateway.offer;

import dev.signalbox.db.Migrations;
import java.time.Duration;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.r2dbc.core.DatabaseClient;

/// Stops a start that could not open the credentials it would need.
final class VaultCheck implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(VaultCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final DatabaseClient database;
  private final Migrations migrations;
  private final Vault vault;

  VaultCheck(DatabaseClient database, Migrations migrations, Vault vault) {
    this.database = database;
    this.migrations = migrations;
    this.vault = vault;
  }

  /// Credentials that were sealed with a key that is not known here.
  static final class WrongSecretKeyException extends RuntimeException {
    WrongSecretKeyException(long credentials) {
      super(
          ("SIGNALBOX_SECRET_KEY (or the file secret-key in SIGNALBOX_DATA) does not open %d of the"
                  + " database's provider credentials.")
              .formatted(credentials));
    }
  }

  /// Tells of it in one sentence, where a start would else end in a stack trace.
  static final class Analyzer extends AbstractFailureAnalyzer<WrongSecretKeyException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, WrongSecretKeyException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set the key that was used before, or list it in SIGNALBOX_FORMER_SECRET_KEYS.",
          cause);
    }
  }

  @Override
  public void afterSingletonsInstantiated() {
    if (!migrations.areDone()) {
      return;
    }
    Long foreign;
    try {
      foreign =
          database
              .sql(
                  "SELECT count(*) FROM provider_credential"
                      + " WHERE deleted_at IS NULL AND wrapped_by <> ALL (:known)")
              .bind("known", vault.known().toArray(String[]::new))
              .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
              .one()
              .block(PATIENCE);
    } catch (RuntimeException away) {
      log.warn("The credentials could not be checked yet: {}", away.toString());
      return;
    }
    if (foreign != null && foreign > 0) {
      throw new WrongSecretKeyException(foreign);
    }
  }
}
