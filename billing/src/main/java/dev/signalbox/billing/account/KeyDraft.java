package dev.signalbox.billing.account;

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
}
