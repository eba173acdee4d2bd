package dev.signalbox.gateway.dialect;

import java.util.Optional;

/// What a provider says went wrong, in the contract's terms.
///
/// @param status HTTP, as the provider sent or meant it
/// @param errorType the contract's typed code
/// @param message the provider's own, fit for a caller: no secrets, bounded length
/// @param providerCode the provider's own code, where it has one
public record UpstreamFault(
    int status, String errorType, String message, Optional<String> providerCode) {
  /// An answer that cannot be read, or is none.
  public static UpstreamFault malformed(String message) {
    return new UpstreamFault(502, "provider_unavailable", message, Optional.empty());
  }
}
