package dev.signalbox.routing;

import java.util.List;

/// A request that no endpoint can serve. Carries the contract's `availability` object.
public final class UnroutableException extends RuntimeException {
  private final Availability availability;

  /// @param code the contract's: `model_not_found`, `no_endpoints`, `constraint_filtered`, …
  /// @param status HTTP
  /// @param excludedBy the constraints that removed endpoints, in the contract's words
  /// @param affectedProviders slugs of those that the constraints removed
  /// @param constraintField the request's field at fault, or empty
  /// @param constraintDetail for the caller, or empty
  /// @param availableProviders slugs that serve the model, for errors about `only` and its like
  /// @param requestedProviders slugs that the request named
  public record Availability(
      String code,
      int status,
      String errorType,
      boolean retryable,
      List<String> requestedModels,
      List<String> excludedBy,
      List<String> affectedProviders,
      List<String> fallbackModels,
      String constraintField,
      String constraintDetail,
      List<String> availableProviders,
      List<String> requestedProviders) {}

  public UnroutableException(String message, Availability availability) {
    super(message, null, false, false);
    this.availability = availability;
  }

  public Availability availability() {
    return availability;
  }
}
