package dev.signalbox.billing.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.db.DatabaseAddress;
import dev.signalbox.db.DatabaseConfiguration;
import dev.signalbox.db.Eventually;
import dev.signalbox.db.PostgresFixture;
import io.r2dbc.pool.ConnectionPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;

class PostgresApiKeysTest {
  private static final Duration SOON = Eventually.PATIENCE;
  private final DatabaseAddress address = PostgresFixture.migrated();
  private final ConnectionPool pool = PostgresFixture.pool(address);
  private final DatabaseClient database = DatabaseClient.create(pool);
  private final Pepper pepper = new Pepper("a pepper for tests");
  private final KeyStore store =
      new KeyStore(
          database,
          TransactionalOperator.create(new R2dbcTransactionManager(pool)),
          new AuditLog(database),
          pepper);
  private final UUID account = UUID.randomUUID();
  private final String secret = KeySecret.generate();
  private PostgresApiKeys keys;

  @BeforeEach
  void addKey() {
    PostgresFixture.execute(
        address, "INSERT INTO accounts (id, name) VALUES ('" + account + "', 'tests')");
    add(secret);
    keys = replica();
  }

  private void add(String secret) {
    store
        .add(secret, KeyDraft.named(account, "ci", ApiKey.Kind.INFERENCE), false, "test")
        .block(SOON);
  }

  @AfterEach
  void close() {
    keys.close();
    pool.dispose();
  }

  @Test
  void findsAKeyOnceAndThenKnowsIt() {
    assertThat(keys.known(secret)).isNull();
    ApiKey found = keys.find(secret).block(SOON);
    assertThat(found.hash()).isEqualTo(KeySecret.hash(secret));
    assertThat(found.label()).matches("sk-or-v1-[0-9a-f]{3}\\.\\.\\.[0-9a-f]{3}");
    assertThat(keys.known(secret)).isEqualTo(found);
    assertThat(keys.refusal(found)).isEmpty();
    assertThat(keys.find(KeySecret.generate()).blockOptional(SOON)).isEmpty();
  }

  /// Within a second, that is: of several, most. One alone may meet a machine that stands still.
  @Test
  void revocationReachesAnotherReplicaWithinASecond() throws Exception {
    var taken = new ArrayList<Long>();
    for (int i = 0; i < 7; i++) {
      String revoked = i == 0 ? secret : KeySecret.generate();
      if (i > 0) {
        add(revoked);
      }
      keys.find(revoked).block(SOON);
      store.delete(KeySecret.hash(revoked), "test").block(SOON);
      long since = System.nanoTime();
      Eventually.holds("it is forgotten", () -> keys.known(revoked) == null);
      taken.add(System.nanoTime() - since);
      assertThat(keys.find(revoked).blockOptional(SOON)).isEmpty();
    }
    taken.sort(null);
    assertThat(Duration.ofNanos(taken.get(3))).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void revocationIsSeenWithoutNotifications() throws Exception {
    PostgresFixture.execute(
        address,
        "CREATE OR REPLACE FUNCTION api_key_changes() RETURNS trigger LANGUAGE plpgsql AS $$"
            + " BEGIN NEW.version := nextval('key_versions');"
            + " NEW.changed_at := clock_timestamp(); RETURN NEW; END $$");
    keys.find(secret).block(SOON);
    PostgresFixture.execute(address, "UPDATE api_keys SET disabled = true");
    Eventually.holds(
        "it is refused",
        () -> {
          ApiKey now = keys.find(secret).block(SOON);
          return keys.refusal(now).isPresent();
        });
  }

  @Test
  void changeOfTheAccountChangesItsKeys() throws Exception {
    keys.find(secret).block(SOON);
    PostgresFixture.execute(address, "UPDATE accounts SET zdr_only = true");
    Eventually.holds("the change is seen", () -> keys.find(secret).block(SOON).zdrOnly());
  }

  @Test
  void manyAskersShareOneQuery() {
    Flux.range(0, 500).flatMap(i -> keys.find(secret), 500).blockLast(SOON);
    assertThat(pool.getMetrics().orElseThrow().allocatedSize()).isLessThanOrEqualTo(5);
    assertThat(keys.known(secret)).isNotNull();
  }

  @Test
  void databaseThatDoesNotAnswerIsAnErrorAndKnownKeysServeOn() {
    keys.find(secret).block(SOON);
    PostgresFixture.execute(address, "ALTER TABLE api_keys RENAME TO gone");
    assertThat(keys.known(secret)).isNotNull();
    assertThatThrownBy(() -> keys.find(KeySecret.generate()).blockOptional(SOON)).isNotNull();
  }

  @Test
  void copyOfTheTableIsOfNoUseWithoutThePepper() {
    var thief =
        new PostgresApiKeys(
            database, DatabaseConfiguration.factory(address), new Pepper("another long pepper"));
    assertThat(thief.find(secret).blockOptional(SOON)).isEmpty();
    thief.close();
  }

  private PostgresApiKeys replica() {
    return new PostgresApiKeys(database, DatabaseConfiguration.factory(address), pepper);
  }
}
