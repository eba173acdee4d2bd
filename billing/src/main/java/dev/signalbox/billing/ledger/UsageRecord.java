package dev.signalbox.billing.ledger;

import dev.signalbox.pricing.Cost;
import dev.signalbox.pricing.Money;
import dev.signalbox.pricing.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// One answered request: the row of the ledger, and the generation that callers look up.
///
/// @param id `gen-<second>-…`, minted before anything is sent
/// @param model the slug that answered
/// @param requestedModel as the caller wrote it
/// @param router the router slug that chose the model, where one did
/// @param pricing JSON of the prices in force
/// @param chargeFactor what upstream cost is multiplied with: 1 and the markup, or a fee
/// @param waived nothing is charged, whatever it cost
/// @param upstreamCost what the provider charges for the answer
/// @param attemptsCost what failed attempts are known to have cost; recorded, not charged
/// @param charged what the account pays
/// @param overrun what it would pay, did its limit not stand against it
/// @param estimated the tokens are our own count
/// @param cancelled the caller left before the end
/// @param latencyMillis to the first token
/// @param generationMillis from the first token to the last
public record UsageRecord(
    String id,
    UUID accountId,
    String keyHash,
    String surface,
    String model,
    String requestedModel,
    Optional<String> router,
    String providerSlug,
    String providerName,
    String endpointId,
    Optional<String> upstreamId,
    Optional<String> serviceTier,
    Usage usage,
    boolean estimated,
    String pricing,
    BigDecimal markupPercent,
    BigDecimal chargeFactor,
    boolean waived,
    Cost upstreamCost,
    Money attemptsCost,
    Money charged,
    Money overrun,
    boolean byok,
    boolean streamed,
    boolean cancelled,
    Optional<String> finishReason,
    Optional<String> nativeFinishReason,
    OptionalLong latencyMillis,
    OptionalLong generationMillis,
    Optional<String> sessionId,
    Optional<String> externalUser,
    Optional<String> userAgent,
    Optional<String> httpReferer,
    Optional<String> appTitle,
    List<AttemptRecord> attempts) {

  /// One try of a generation.
  ///
  /// @param status the provider's HTTP status; empty if none came
  /// @param outcome `relayed`, or the kind of failure
  /// @param cost what a failed one is known to have cost upstream
  /// @param own it was made with the account's own credential
  /// @param serviceTier the tier of the endpoint
  public record AttemptRecord(
      String endpointId,
      String providerName,
      String model,
      boolean own,
      String serviceTier,
      Optional<Integer> status,
      String outcome,
      long latencyMillis,
      Money cost) {}

  public UsageRecord {
    attempts = List.copyOf(attempts);
  }

  /// Returns the second that an id was minted in, as `usage_moment` does.
  public static Instant moment(String id) {
    return Instant.ofEpochSecond(Long.parseLong(id.split("-")[1]));
  }
}
