package dev.signalbox.billing.account;

import dev.signalbox.pricing.Money;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A key to be made, or what one is to become.
public record KeyDraft(
    UUID accountId,
    String name,
    ApiKey.Kind kind,
    boolean disabled,
    Optional<BigDecimal> limit,
    Optional<LimitReset> limitReset,
    boolean includeByokInLimit,
    Optional<Instant> expiresAt,
    Optional<String> creatorUserId,
    Optional<UUID> workspaceId,
    long requestsPerMinute,
    long tokensPerMinute,
    boolean passThrough) {

  /// Returns a key without limits.
  public static KeyDraft named(UUID accountId, String name, ApiKey.Kind kind) {
    return new KeyDraft(
        accountId,
        name,
        kind,
        false,
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        0,
        false);
  }

  /// Returns a key as it is.
  public static KeyDraft of(KeyRecord record) {
    ApiKey key = record.key();
    return new KeyDraft(
        key.accountId(),
        key.name(),
        key.kind(),
        key.disabled(),
        key.limit().map(Money::usd),
        key.limitReset(),
        key.includeByokInLimit(),
        key.expiresAt(),
        record.creatorUserId(),
        Optional.of(record.workspaceId()),
        key.requestsPerMinute(),
        key.tokensPerMinute(),
        key.passThrough());
  }

  /// Returns this with what is said of a key once, when it is made.
  public KeyDraft fresh(
      Optional<Instant> expiresAt, Optional<String> creatorUserId, Optional<UUID> workspaceId) {
    return new KeyDraft(
        accountId,
        name,
        kind,
        disabled,
        limit,
        limitReset,
        includeByokInLimit,
        expiresAt,
        creatorUserId,
        workspaceId,
        requestsPerMinute,
        tokensPerMinute,
        passThrough);
  }
}
