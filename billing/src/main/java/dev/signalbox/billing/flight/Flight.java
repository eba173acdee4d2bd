package dev.signalbox.billing.flight;

import java.math.BigDecimal;
import java.util.UUID;

/// One call to a provider that is under way, as far as its record needs it should nobody be there
/// to write one.
///
/// @param id the generation's
/// @param pricing JSON of the prices in force
/// @param own it is made with the account's own credential
/// @param promptTokens estimated
/// @param attempt which of the generation's it is, from 1
/// @param attemptsCost what the attempts before it are known to have cost
public record Flight(
    String id,
    UUID accountId,
    String keyHash,
    String surface,
    String model,
    String requestedModel,
    String providerSlug,
    String providerName,
    String endpointId,
    String serviceTier,
    String pricing,
    boolean own,
    boolean streamed,
    long promptTokens,
    int attempt,
    BigDecimal attemptsCost) {

  /// One that was never finished.
  ///
  /// @param visibleBytes how much of an answer had come
  /// @param thoughtBytes how much of it were thoughts
  /// @param refused its record could not be kept, and its caller was told so
  public record Lost(Flight flight, long visibleBytes, long thoughtBytes, boolean refused) {}

  /// The record of one that is over, which may not have been written.
  ///
  /// @param json in UTF-8
  public record Due(String id, byte[] json) {}
}
