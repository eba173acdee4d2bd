package dev.signalbox.billing.account;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// A tenant: who pays, and what holds for all of its keys.
///
/// @param unlimited never refused for its balance
/// @param markupPercent its own, in force now
/// @param defaultModel for requests that name none
public record Account(
    UUID id,
    String name,
    boolean unlimited,
    Optional<BigDecimal> markupPercent,
    Optional<String> defaultModel,
    Optional<String> defaultSort,
    Set<String> allowedProviders,
    Set<String> ignoredProviders,
    boolean zdrOnly,
    boolean denyDataCollection,
    Instant createdAt,
    Optional<Instant> updatedAt) {
  public Account {
    allowedProviders = Set.copyOf(allowedProviders);
    ignoredProviders = Set.copyOf(ignoredProviders);
  }

  /// Returns an account as it is when nothing is said of it but its name.
  public static Account named(String name) {
    return new Account(
        UUID.randomUUID(),
        name,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Set.of(),
        false,
        false,
        Instant.EPOCH,
        Optional.empty());
  }
}
