package dev.signalbox.billing.account;

import dev.signalbox.pricing.Money;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// A key as the hot path knows it. Holds no secret.
///
/// @param hash lowercase hex SHA-256 of the whole key: its public handle
/// @param label masked form
/// @param unlimited its account is never refused for its balance
/// @param limit most that may be spent per window
/// @param ignoredProviders of the account: never used
/// @param allowedProviders of the account: the only ones used; empty means all
/// @param zdrOnly of the account
/// @param denyDataCollection of the account
/// @param routing of the key itself: JSON of a `provider` object, the defaults of its requests
/// @param requestsPerMinute 0 is unlimited
/// @param tokensPerMinute 0 is unlimited
public record ApiKey(
    String hash,
    UUID accountId,
    String name,
    String label,
    Kind kind,
    boolean unlimited,
    boolean disabled,
    Optional<Instant> expiresAt,
    Optional<Money> limit,
    Optional<LimitReset> limitReset,
    boolean includeByokInLimit,
    Set<String> ignoredProviders,
    Set<String> allowedProviders,
    boolean zdrOnly,
    boolean denyDataCollection,
    Optional<String> defaultModel,
    Optional<String> defaultSort,
    Optional<String> routing,
    boolean passThrough,
    long requestsPerMinute,
    long tokensPerMinute) {
  /// What a key is for.
  public enum Kind {
    /// Calls models.
    INFERENCE,
    /// Manages its own account.
    MANAGEMENT,
    /// Manages the installation, and the account that it belongs to.
    OPERATOR
  }

  public ApiKey {
    ignoredProviders = Set.copyOf(ignoredProviders);
    allowedProviders = Set.copyOf(allowedProviders);
  }

  /// Whether it may administer; then it may not infer.
  public boolean management() {
    return kind != Kind.INFERENCE;
  }
}
