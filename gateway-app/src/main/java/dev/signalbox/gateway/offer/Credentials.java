package dev.signalbox.gateway.offer;

import dev.signalbox.gateway.offer.Vault.Sealed;
import io.r2dbc.spi.Readable;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The table of providers' credentials, sealed. Every method joins the transaction of its
/// subscriber.
public final class Credentials {
  private static final Logger log = LoggerFactory.getLogger(Credentials.class);

  private final DatabaseClient database;
  private final Vault vault;

  public Credentials(DatabaseClient database, Vault vault) {
    this.database = database;
    this.vault = vault;
  }

  /// One that was opened. Its text does not show it.
  public record Opened(Credential of, String secret) {
    @Override
    public String toString() {
      return "Opened[" + of.id() + "]";
    }
  }

  /// Returns credentials that are not deleted: of one account, or the operator's.
  public Flux<Credential> list(@Nullable UUID account, @Nullable String provider) {
    GenericExecuteSpec query =
        database.sql(
            """
            SELECT * FROM provider_credential
            WHERE deleted_at IS NULL AND account_id IS NOT DISTINCT FROM CAST(:account AS uuid)
              AND (CAST(:provider AS text) IS NULL OR provider = :provider)
            ORDER BY provider, sort_order, created_at
            """);
    query = bind(query, "account", account, UUID.class);
    return bind(query, "provider", provider, String.class).map(Credentials::read).all();
  }

  /// Adds a credential.
  public Mono<Void> add(Credential credential, String secret) {
    Sealed sealed = vault.seal(secret, credential.row());
    GenericExecuteSpec insert =
        database
            .sql(
                """
                INSERT INTO provider_credential (id, provider, account_id, workspace_id, name,
                  label, sealed, wrapped_key, wrapped_by, disabled, is_fallback, allowed_models,
                  allowed_api_key_hashes, allowed_user_ids, sort_order)
                VALUES (:id, :provider, :account, :workspace, :name, :label, :sealed, :wrappedKey,
                  :wrappedBy, :disabled, :fallback, :models, :keys, :users,
                  (SELECT coalesce(max(sort_order) + 1, 0) FROM provider_credential
                   WHERE account_id IS NOT DISTINCT FROM CAST(:account AS uuid)
                     AND provider = :provider AND deleted_at IS NULL))
                """)
            .bind("id", credential.id())
            .bind("provider", credential.provider())
            .bind("label", Credential.label(secret))
            .bind("sealed", sealed.text())
            .bind("wrappedKey", sealed.wrappedKey())
            .bind("wrappedBy", sealed.wrappedBy());
    insert = bind(insert, "account", credential.account().orElse(null), UUID.class);
    insert = bind(insert, "workspace", credential.workspace().orElse(null), UUID.class);
    return bound(insert, credential).then();
  }

  /// Changes what may be changed of a credential; the secret, where one is given.
  public Mono<Void> change(Credential credential, @Nullable String secret) {
    Mono<Void> changed =
        bound(
                database
                    .sql(
                        """
                        UPDATE provider_credential SET name = :name, disabled = :disabled,
                          is_fallback = :fallback, allowed_models = :models,
                          allowed_api_key_hashes = :keys, allowed_user_ids = :users,
                          updated_at = clock_timestamp()
                        WHERE id = :id AND deleted_at IS NULL
                        """)
                    .bind("id", credential.id()),
                credential)
            .then();
    return secret == null ? changed : changed.then(rotate(credential, secret));
  }

  private Mono<Void> rotate(Credential credential, String secret) {
    Sealed sealed = vault.seal(secret, credential.row());
    return database
        .sql(
            """
            UPDATE provider_credential SET label = :label, sealed = :sealed,
              wrapped_key = :wrappedKey, wrapped_by = :wrappedBy, updated_at = clock_timestamp()
            WHERE id = :id
            """)
        .bind("id", credential.id())
        .bind("label", Credential.label(secret))
        .bind("sealed", sealed.text())
        .bind("wrappedKey", sealed.wrappedKey())
        .bind("wrappedBy", sealed.wrappedBy())
        .then();
  }

  /// Deletes a credential: of its secret nothing stays.
  public Mono<Void> delete(UUID id) {
    return database
        .sql(
            """
            UPDATE provider_credential
            SET deleted_at = clock_timestamp(), sealed = NULL, wrapped_key = NULL
            WHERE id = :id
            """)
        .bind("id", id)
        .then();
  }

  /// Opens all that are in use. One that cannot be opened is left out, and said so.
  public Flux<Opened> open() {
    return database
        .sql("SELECT * FROM provider_credential WHERE deleted_at IS NULL AND NOT disabled")
        .map(
            row -> {
              Credential credential = read(row);
              try {
                return Optional.of(
                    new Opened(credential, vault.open(sealed(row), credential.row())));
              } catch (Vault.UnreadableException e) {
                log.error("Credential {} is left out: {}", credential.id(), e.getMessage());
                return Optional.<Opened>empty();
              }
            })
        .all()
        .flatMapIterable(opened -> opened.stream().toList());
  }

  /// Seals every row's key with the current key of the installation.
  ///
  /// @return how many were sealed anew
  public Mono<Long> rewrap() {
    return database
        .sql("SELECT * FROM provider_credential WHERE deleted_at IS NULL FOR UPDATE")
        .map(
            row -> {
              Credential credential = read(row);
              try {
                return new Object[] {credential.id(), vault.rewrap(sealed(row), credential.row())};
              } catch (Vault.UnreadableException e) {
                throw new IllegalStateException(
                    "credential " + credential.id() + ": " + e.getMessage());
              }
            })
        .all()
        .collectList()
        .flatMapMany(Flux::fromIterable)
        .concatMap(
            row ->
                database
                    .sql(
                        "UPDATE provider_credential SET wrapped_key = :key, wrapped_by = :by"
                            + " WHERE id = :id")
                    .bind("id", row[0])
                    .bind("key", ((Sealed) row[1]).wrappedKey())
                    .bind("by", ((Sealed) row[1]).wrappedBy())
                    .fetch()
                    .rowsUpdated())
        .count();
  }

  private static Sealed sealed(Readable row) {
    return new Sealed(
        required(row, "sealed", byte[].class),
        required(row, "wrapped_key", byte[].class),
        required(row, "wrapped_by", String.class));
  }

  private static GenericExecuteSpec bound(GenericExecuteSpec statement, Credential credential) {
    GenericExecuteSpec bound =
        statement.bind("disabled", credential.disabled()).bind("fallback", credential.fallback());
    bound = bind(bound, "name", credential.name().orElse(null), String.class);
    bound = bind(bound, "models", array(credential.allowedModels()), String[].class);
    bound = bind(bound, "keys", array(credential.allowedKeys()), String[].class);
    return bind(bound, "users", array(credential.allowedUsers()), String[].class);
  }

  private static String @Nullable [] array(Optional<List<String>> texts) {
    return texts.map(list -> list.toArray(String[]::new)).orElse(null);
  }

  private static <T> GenericExecuteSpec bind(
      GenericExecuteSpec statement, String name, @Nullable T value, Class<T> type) {
    return value == null ? statement.bindNull(name, type) : statement.bind(name, value);
  }

  private static Credential read(Readable row) {
    return new Credential(
        required(row, "id", UUID.class),
        required(row, "provider", String.class),
        Optional.ofNullable(row.get("account_id", UUID.class)),
        Optional.ofNullable(row.get("workspace_id", UUID.class)),
        Optional.ofNullable(row.get("name", String.class)),
        required(row, "label", String.class),
        required(row, "disabled", Boolean.class),
        required(row, "is_fallback", Boolean.class),
        texts(row, "allowed_models"),
        texts(row, "allowed_api_key_hashes"),
        texts(row, "allowed_user_ids"),
        required(row, "sort_order", Integer.class),
        required(row, "created_at", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(row.get("updated_at", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        required(row, "wrapped_by", String.class));
  }

  private static Optional<List<String>> texts(Readable row, String column) {
    return Optional.ofNullable(row.get(column, String[].class)).map(List::of);
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }
}
