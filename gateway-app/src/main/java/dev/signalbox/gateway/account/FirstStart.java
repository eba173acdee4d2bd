package dev.signalbox.gateway.account;

import dev.signalbox.billing.account.ApiKey;
import dev.signalbox.billing.account.KeyDraft;
import dev.signalbox.billing.account.KeySecret;
import dev.signalbox.billing.account.KeyStore;
import dev.signalbox.billing.account.Spending;
import dev.signalbox.db.Migrations;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/// Makes a new installation usable: an account with credit, an operator's key and a first API key,
/// shown once. Of several gateways that start together, one does so.
public final class FirstStart {
  /// The account that the operator's key and the first API key belong to.
  public static final UUID FIRST_ACCOUNT = new UUID(0, 1);

  private static final Logger log = LoggerFactory.getLogger(FirstStart.class);
  private static final String ACTOR = "start";

  private static final Duration READY_PATIENCE = Duration.ofSeconds(10);

  private final DatabaseClient database;
  private final TransactionalOperator transactions;
  private final KeyStore keys;
  private final PepperCheck pepper;
  private final AccountSettings settings;
  private final Migrations migrations;
  private final ObjectProvider<Spending> spending;

  FirstStart(
      DatabaseClient database,
      TransactionalOperator transactions,
      KeyStore keys,
      PepperCheck pepper,
      AccountSettings settings,
      Migrations migrations,
      ObjectProvider<Spending> spending) {
    this.database = database;
    this.transactions = transactions;
    this.keys = keys;
    this.pepper = pepper;
    this.settings = settings;
    this.migrations = migrations;
    this.spending = spending;
  }

  @EventListener
  void ready(ApplicationReadyEvent event) {
    var environment = event.getApplicationContext().getEnvironment();
    String port = environment.getProperty("local.server.port", "8080");
    Mono<Void> made =
        migrations
            .done()
            .then(Mono.defer(() -> run("http://localhost:" + port)))
            .retryWhen(
                Retry.backoff(Long.MAX_VALUE, Duration.ofSeconds(1))
                    .maxBackoff(Duration.ofSeconds(30))
                    .filter(failure -> !(failure instanceof WrongPepperException)))
            .cache();
    made.subscribe(null, failure -> stop(event, failure));
    // The gateway is ready once its keys are known, unless the database takes too long for that.
    made.onErrorComplete().timeout(READY_PATIENCE, Mono.empty()).block();
  }

  /// A database that came late, with another pepper's keys: nothing can be served.
  private static void stop(ApplicationReadyEvent event, Throwable failure) {
    log.error("The gateway stops: {}", failure.getMessage());
    Thread.ofPlatform().name("signalbox-stop").start(event.getApplicationContext()::close);
  }

  /// Makes and prints what is missing; does nothing at a second start.
  public Mono<Void> run(String baseUrl) {
    String operator = given() ? Objects.requireNonNull(settings.adminKey()) : KeySecret.generate();
    String first = KeySecret.generate();
    return locked()
        .then(Mono.defer(pepper::claim))
        .flatMap(
            fresh ->
                (fresh ? create(first) : Mono.<Void>empty())
                    .then(fresh || given() ? operatorKey(operator) : Mono.<Void>empty())
                    .thenReturn(fresh))
        .as(transactions::transactional)
        .doOnNext(fresh -> show(fresh, baseUrl, operator, first))
        .then();
  }

  private boolean given() {
    return settings.adminKey() != null && !settings.adminKey().isBlank();
  }

  private Mono<Void> locked() {
    return database.sql("SELECT pg_advisory_xact_lock(7305111, 2)").fetch().first().then();
  }

  private Mono<Void> create(String secret) {
    return database
        .sql("INSERT INTO accounts (id, name) VALUES (:id, 'default') ON CONFLICT DO NOTHING")
        .bind("id", FIRST_ACCOUNT)
        .then()
        .then(
            keys.add(
                secret,
                KeyDraft.named(FIRST_ACCOUNT, "first", ApiKey.Kind.INFERENCE),
                false,
                ACTOR))
        .then(
            Mono.defer(
                () -> {
                  Spending ledger = spending.getIfAvailable();
                  return ledger == null || settings.startingCredit().signum() == 0
                      ? Mono.empty()
                      : ledger.topUp(
                          FIRST_ACCOUNT, settings.startingCredit(), "starting credit", ACTOR);
                }));
  }

  /// Accepts the operator's key; one that was set before and is no longer, not any more.
  private Mono<Void> operatorKey(String secret) {
    String hash = KeySecret.hash(secret);
    return database
        .sql(
            "UPDATE api_keys SET deleted_at = clock_timestamp()"
                + " WHERE from_settings AND hash <> :hash AND deleted_at IS NULL")
        .bind("hash", hash)
        .then()
        .then(
            database
                .sql("SELECT 1 FROM api_keys WHERE hash = :hash")
                .bind("hash", hash)
                .fetch()
                .first()
                .hasElement())
        .flatMap(
            exists ->
                exists
                    ? database
                        .sql(
                            "UPDATE api_keys SET deleted_at = NULL, kind = 'operator'"
                                + " WHERE hash = :hash AND deleted_at IS NOT NULL")
                        .bind("hash", hash)
                        .then()
                    : keys.add(
                            secret,
                            KeyDraft.named(FIRST_ACCOUNT, "operator", ApiKey.Kind.OPERATOR),
                            true,
                            ACTOR)
                        .then());
  }

  private void show(boolean fresh, String baseUrl, String operator, String first) {
    if (!fresh) {
      return;
    }
    // Not through the log: logs are shipped and kept.
    System.out.printf(
        """

        Signalbox is ready at %1$s

          API key        %2$s
          Operator key   %3$s

        They are shown this once. Try:

          curl %1$s/api/v1/chat/completions \\
            -H "Authorization: Bearer %2$s" \\
            -H "Content-Type: application/json" \\
            -d '{"model": "signalbox/sandbox", "messages": [{"role": "user", "content": "Hello"}]}'

        %n\
        """,
        baseUrl, first, given() ? "as set in SIGNALBOX_ADMIN_KEY" : operator);
    System.out.flush();
  }
}
