package dev.signalbox.gateway.preset;

import io.r2dbc.spi.Readable;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// The tables of presets.
final class PresetStore {
  private static final String VERSION =
      " v.id AS version_id, v.preset_id, v.version, v.config, v.system_prompt, v.creator,"
          + " v.created_at AS version_created_at ";
  private static final String PRESET =
      " p.id, p.slug, p.description, p.status, p.status_updated_at, p.created_at, p.updated_at ";
  private static final String JOINED =
      "SELECT"
          + PRESET
          + ","
          + VERSION
          + "FROM presets p JOIN preset_versions v"
          + " ON v.preset_id = p.id AND v.version = p.latest_version ";

  private final DatabaseClient database;

  PresetStore(DatabaseClient database) {
    this.database = database;
  }

  record Version(
      UUID id,
      UUID presetId,
      int version,
      String config,
      Optional<String> systemPrompt,
      String creator,
      OffsetDateTime createdAt) {
    static Version read(Readable row) {
      return new Version(
          required(row, "version_id", UUID.class),
          required(row, "preset_id", UUID.class),
          required(row, "version", Integer.class),
          required(row, "config", String.class),
          Optional.ofNullable(row.get("system_prompt", String.class)),
          required(row, "creator", String.class),
          required(row, "version_created_at", OffsetDateTime.class));
    }
  }

  record Row(
      UUID id,
      String slug,
      Optional<String> description,
      String status,
      Optional<OffsetDateTime> statusUpdatedAt,
      OffsetDateTime createdAt,
      OffsetDateTime updatedAt,
      Version designated) {
    static Row read(Readable row) {
      return new Row(
          required(row, "id", UUID.class),
          required(row, "slug", String.class),
          Optional.ofNullable(row.get("description", String.class)),
          required(row, "status", String.class),
          Optional.ofNullable(row.get("status_updated_at", OffsetDateTime.class)),
          required(row, "created_at", OffsetDateTime.class),
          required(row, "updated_at", OffsetDateTime.class),
          Version.read(row));
    }
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }

  Flux<Row> list(UUID account, long offset, int limit) {
    return database
        .sql(
            JOINED
                + "WHERE p.account_id = :account ORDER BY p.updated_at DESC, p.id"
                + " OFFSET :offset LIMIT :limit")
        .bind("account", account)
        .bind("offset", offset)
        .bind("limit", limit)
        .map(Row::read)
        .all();
  }

  Mono<Long> count(UUID account) {
    return database
        .sql("SELECT count(*) FROM presets WHERE account_id = :account")
        .bind("account", account)
        .map(row -> required(row, 0))
        .one();
  }

  private static Long required(Readable row, int column) {
    return Objects.requireNonNull(row.get(column, Long.class));
  }

  Mono<Row> find(UUID account, String slug) {
    return database
        .sql(JOINED + "WHERE p.account_id = :account AND p.slug = :slug")
        .bind("account", account)
        .bind("slug", slug)
        .map(Row::read)
        .one();
  }

  Flux<Version> versions(
      UUID account, String slug, @Nullable Integer version, long offset, int limit) {
    var query =
        database
            .sql(
                "SELECT"
                    + VERSION
                    + "FROM presets p JOIN preset_versions v ON v.preset_id = p.id"
                    + " WHERE p.account_id = :account AND p.slug = :slug"
                    + " AND (CAST(:version AS integer) IS NULL OR v.version = :version)"
                    + " ORDER BY v.version OFFSET :offset LIMIT :limit")
            .bind("account", account)
            .bind("slug", slug)
            .bind("offset", offset)
            .bind("limit", limit);
    query =
        version == null ? query.bindNull("version", Integer.class) : query.bind("version", version);
    return query.map(Version::read).all();
  }

  Mono<Long> countVersions(UUID account, String slug) {
    return database
        .sql(
            "SELECT count(*) FROM presets p JOIN preset_versions v ON v.preset_id = p.id"
                + " WHERE p.account_id = :account AND p.slug = :slug")
        .bind("account", account)
        .bind("slug", slug)
        .map(row -> required(row, 0))
        .one();
  }

  /// Adds a preset, or a version to one: which is in force from then on.
  Mono<Row> save(UUID account, String slug, PresetDraft draft, String creator) {
    var statement =
        database
            .sql(
                """
                WITH saved AS (
                  INSERT INTO presets (account_id, slug) VALUES (:account, :slug)
                  ON CONFLICT (account_id, slug) DO UPDATE
                    SET latest_version = presets.latest_version + 1, updated_at = clock_timestamp()
                  RETURNING id, latest_version)
                INSERT INTO preset_versions (preset_id, version, config, system_prompt, creator)
                SELECT id, latest_version, :config, :prompt, :creator FROM saved
                """)
            .bind("account", account)
            .bind("slug", slug)
            .bind("config", draft.config())
            .bind("creator", creator);
    statement =
        draft.systemPrompt().isPresent()
            ? statement.bind("prompt", draft.systemPrompt().get())
            : statement.bindNull("prompt", String.class);
    return statement.fetch().rowsUpdated().then(Mono.defer(() -> find(account, slug)));
  }
}
