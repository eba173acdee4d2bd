package dev.signalbox.billing.account;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The table of keys, for those who manage them. Each change is in the audit log, or did not
/// happen.
public final class KeyStore {
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final DatabaseClient database;
  private final TransactionalOperator transactions;
  private final AuditLog audit;
  private final Pepper pepper;

  public KeyStore(
      DatabaseClient database, TransactionalOperator transactions, AuditLog audit, Pepper pepper) {
    this.database = database;
    this.transactions = transactions;
    this.audit = audit;
    this.pepper = pepper;
  }

  /// Returns keys of one account, or of all.
  public Flux<KeyRecord> list(
      @Nullable UUID account,
      @Nullable UUID workspace,
      boolean withDisabled,
      long offset,
      int max) {
    GenericExecuteSpec query =
        database
            .sql(
                KeyRecord.SELECT
                    + """
                     WHERE k.deleted_at IS NULL AND (:withDisabled OR NOT k.disabled)
                       AND (CAST(:account AS uuid) IS NULL OR k.account_id = :account)
                       AND (CAST(:workspace AS uuid) IS NULL OR k.workspace_id = :workspace)
                     ORDER BY k.created_at DESC, k.hash OFFSET :offset LIMIT :max
                    """)
            .bind("withDisabled", withDisabled)
            .bind("offset", offset)
            .bind("max", max);
    query = bind(query, "account", account, UUID.class);
    return bind(query, "workspace", workspace, UUID.class).map(KeyRecord::read).all();
  }

  /// Returns a key that is not deleted; an account, where given, must own it.
  public Mono<KeyRecord> get(String hash, @Nullable UUID account) {
    if (!HASH.matcher(hash).matches()) {
      return Mono.empty();
    }
    return database
        .sql(KeyRecord.SELECT + " WHERE k.hash = :hash")
        .bind("hash", hash)
        .map(KeyRecord::read)
        .one()
        .filter(found -> !found.deleted())
        .filter(found -> account == null || found.key().accountId().equals(account));
  }

  /// Adds a key for a secret, unless it is there; `fromSettings` marks the one the operator set.
  public Mono<KeyRecord> add(String secret, KeyDraft draft, boolean fromSettings, String actor) {
    String hash = KeySecret.hash(secret);
    GenericExecuteSpec insert =
        database
            .sql(
                """
                INSERT INTO api_keys (hash, secret_mac, label, account_id, kind, from_settings,
                  creator_user_id, workspace_id, expires_at, name, disabled, spend_limit,
                  limit_reset, include_byok_in_limit, requests_per_minute, tokens_per_minute,
                  pass_through)
                VALUES (:hash, :mac, :label, :account, :kind, :fromSettings, :creator,
                  coalesce(:workspace, '00000000-0000-0000-0000-000000000000'), :expires, :name,
                  :disabled, :limit, :reset, :byok, :requests, :tokens, :passThrough)
                """)
            .bind("hash", hash)
            .bind("mac", pepper.mac(secret))
            .bind("label", KeySecret.label(secret))
            .bind("account", draft.accountId())
            .bind("kind", draft.kind().name().toLowerCase(Locale.ROOT))
            .bind("fromSettings", fromSettings);
    insert = bind(insert, "creator", draft.creatorUserId().orElse(null), String.class);
    insert = bind(insert, "workspace", draft.workspaceId().orElse(null), UUID.class);
    insert =
        bind(
            insert,
            "expires",
            draft.expiresAt().map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null),
            OffsetDateTime.class);
    return bound(insert, draft)
        .fetch()
        .rowsUpdated()
        .then(audit.add(actor, "key.create", hash, draft.name()))
        .then(Mono.defer(() -> get(hash, null)))
        .as(transactions::transactional);
  }

  /// Changes what may be changed of a key. Changes wait for each other, so that none is made of
  /// what another has changed in the meantime.
  ///
  /// @param account that must own it; null for any
  /// @param changed makes what it shall be of what it is
  public Mono<KeyRecord> change(
      String hash, @Nullable UUID account, Function<KeyRecord, KeyDraft> changed, String actor) {
    if (!HASH.matcher(hash).matches()) {
      return Mono.empty();
    }
    return database
        .sql("SELECT 1 FROM api_keys WHERE hash = :hash FOR UPDATE")
        .bind("hash", hash)
        .map(_ -> hash)
        .one()
        .flatMap(_ -> get(hash, account))
        .flatMap(found -> update(hash, changed.apply(found), actor))
        .as(transactions::transactional);
  }

  private Mono<KeyRecord> update(String hash, KeyDraft draft, String actor) {
    GenericExecuteSpec update =
        database
            .sql(
                """
                UPDATE api_keys SET name = :name, disabled = :disabled, spend_limit = :limit,
                  limit_reset = :reset, include_byok_in_limit = :byok,
                  requests_per_minute = :requests, tokens_per_minute = :tokens,
                  pass_through = :passThrough, updated_at = clock_timestamp()
                WHERE hash = :hash AND deleted_at IS NULL
                """)
            .bind("hash", hash);
    return bound(update, draft)
        .fetch()
        .rowsUpdated()
        .filter(count -> count > 0)
        .flatMap(count -> audit.add(actor, "key.change", hash, draft.name()).thenReturn(count))
        .flatMap(count -> get(hash, null));
  }

  /// Deletes a key for good; its usage stays.
  ///
  /// @return whether there was one
  public Mono<Boolean> delete(String hash, String actor) {
    return database
        .sql(
            "UPDATE api_keys SET deleted_at = clock_timestamp()"
                + " WHERE hash = :hash AND deleted_at IS NULL")
        .bind("hash", hash)
        .fetch()
        .rowsUpdated()
        .filter(count -> count > 0)
        .flatMap(count -> audit.add(actor, "key.delete", hash, "").thenReturn(true))
        .defaultIfEmpty(false)
        .as(transactions::transactional);
  }

  private static GenericExecuteSpec bound(GenericExecuteSpec statement, KeyDraft draft) {
    GenericExecuteSpec bound =
        statement
            .bind("name", draft.name())
            .bind("disabled", draft.disabled())
            .bind("byok", draft.includeByokInLimit())
            .bind("requests", draft.requestsPerMinute())
            .bind("tokens", draft.tokensPerMinute())
            .bind("passThrough", draft.passThrough());
    bound = bind(bound, "limit", draft.limit().orElse(null), java.math.BigDecimal.class);
    return bind(
        bound,
        "reset",
        draft.limitReset().map(reset -> reset.name().toLowerCase(Locale.ROOT)).orElse(null),
        String.class);
  }

  static <T> GenericExecuteSpec bind(
      GenericExecuteSpec statement, String name, @Nullable T value, Class<T> type) {
    return value == null ? statement.bindNull(name, type) : statement.bind(name, value);
  }
}
