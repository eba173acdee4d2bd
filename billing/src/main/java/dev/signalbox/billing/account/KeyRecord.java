package dev.signalbox.billing.account;

import dev.signalbox.pricing.Money;
import io.r2dbc.spi.Readable;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// A key as the database has it: what the hot path needs, and what only its owner reads.
///
/// @param version rises with every change to the key or its account
public record KeyRecord(
    ApiKey key,
    Optional<String> creatorUserId,
    UUID workspaceId,
    Instant createdAt,
    Optional<Instant> updatedAt,
    boolean deleted,
    long version) {

  static final String SELECT =
      """
      SELECT k.*, a.unlimited, a.default_model, a.default_sort, a.ignored_providers,
             a.allowed_providers, a.zdr_only, a.deny_data_collection,
             a.deleted_at IS NOT NULL AS account_deleted
      FROM api_keys k JOIN accounts a ON a.id = k.account_id
      """;

  static KeyRecord read(Readable row) {
    var key =
        new ApiKey(
            required(row, "hash", String.class),
            required(row, "account_id", UUID.class),
            required(row, "name", String.class),
            required(row, "label", String.class),
            ApiKey.Kind.valueOf(required(row, "kind", String.class).toUpperCase(Locale.ROOT)),
            required(row, "unlimited", Boolean.class),
            required(row, "disabled", Boolean.class),
            instant(row, "expires_at"),
            optional(row, "spend_limit", BigDecimal.class).map(Money::new),
            optional(row, "limit_reset", String.class)
                .map(name -> LimitReset.valueOf(name.toUpperCase(Locale.ROOT))),
            required(row, "include_byok_in_limit", Boolean.class),
            Set.of(required(row, "ignored_providers", String[].class)),
            Set.of(required(row, "allowed_providers", String[].class)),
            required(row, "zdr_only", Boolean.class),
            required(row, "deny_data_collection", Boolean.class),
            optional(row, "default_model", String.class),
            optional(row, "default_sort", String.class),
            optional(row, "routing", String.class),
            required(row, "pass_through", Boolean.class),
            required(row, "requests_per_minute", Long.class),
            required(row, "tokens_per_minute", Long.class));
    return new KeyRecord(
        key,
        optional(row, "creator_user_id", String.class),
        required(row, "workspace_id", UUID.class),
        required(row, "created_at", OffsetDateTime.class).toInstant(),
        instant(row, "updated_at"),
        instant(row, "deleted_at").isPresent() || required(row, "account_deleted", Boolean.class),
        required(row, "version", Long.class));
  }

  private static <T> T required(Readable row, String column, Class<T> type) {
    return Objects.requireNonNull(row.get(column, type));
  }

  private static <T> Optional<T> optional(Readable row, String column, Class<T> type) {
    return Optional.ofNullable(row.get(column, type));
  }

  private static Optional<Instant> instant(Readable row, String column) {
    return optional(row, column, OffsetDateTime.class).map(OffsetDateTime::toInstant);
  }
}
