package dev.signalbox.gateway.offer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A provider's credential as it is shown: never the credential itself.
///
/// @param account whose it is; the operator's own has none
/// @param label masked form
/// @param fallback used only after the operator's own
/// @param allowedModels the only ones that it is used for
/// @param allowedKeys hashes of the only keys that may use it
/// @param allowedUsers ids of the only users that may use it
/// @param wrappedBy names the installation's key that sealed its key
public record Credential(
    UUID id,
    String provider,
    Optional<UUID> account,
    Optional<UUID> workspace,
    Optional<String> name,
    String label,
    boolean disabled,
    boolean fallback,
    Optional<List<String>> allowedModels,
    Optional<List<String>> allowedKeys,
    Optional<List<String>> allowedUsers,
    int sortOrder,
    Instant createdAt,
    Optional<Instant> updatedAt,
    String wrappedBy) {

  /// Returns a new one of the operator's own.
  public static Credential operators(String provider) {
    return unnamed(provider, Optional.empty(), Optional.empty());
  }

  /// Returns a new one of an account's.
  public static Credential ofAccount(String provider, UUID account, Optional<UUID> workspace) {
    return unnamed(provider, Optional.of(account), workspace);
  }

  private static Credential unnamed(
      String provider, Optional<UUID> account, Optional<UUID> workspace) {
    return new Credential(
        UUID.randomUUID(),
        provider,
        account,
        workspace,
        Optional.empty(),
        "",
        false,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Instant.EPOCH,
        Optional.empty(),
        "");
  }

  /// What a sealed credential is bound to: it opens in no other row.
  String row() {
    return account.map(UUID::toString).orElse("operator") + "|" + provider + "|" + id;
  }

  /// Returns the masked form of a credential: its first three and last four characters, if that
  /// leaves enough unseen.
  public static String label(String credential) {
    return credential.length() < 16
        ? "..."
        : credential.substring(0, 3) + "..." + credential.substring(credential.length() - 4);
  }
}
