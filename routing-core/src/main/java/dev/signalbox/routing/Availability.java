package dev.signalbox.routing;

import java.util.List;

/// Why a request cannot be served, in fields for programs to read.
///
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
    List<String> requestedProviders) {
  /// What went wrong, and nothing else yet.
  static Availability of(String code, int status, String errorType, List<String> requestedModels) {
    return new Availability(
        code,
        status,
        errorType,
        false,
        requestedModels,
        List.of(),
        List.of(),
        List.of(),
        "",
        "",
        List.of(),
        List.of());
  }

  /// Returns it with what was left out, and why.
  Availability without(List<String> providers, List<String> constraints) {
    return new Availability(
        code,
        status,
        errorType,
        retryable,
        requestedModels,
        constraints,
        providers,
        fallbackModels,
        constraintField,
        constraintDetail,
        availableProviders,
        requestedProviders);
  }

  /// Returns it with the request's field at fault.
  Availability at(String field, String detail) {
    return new Availability(
        code,
        status,
        errorType,
        retryable,
        requestedModels,
        excludedBy,
        affectedProviders,
        fallbackModels,
        field,
        detail,
        availableProviders,
        requestedProviders);
  }

  /// Returns it with models that would do.
  Availability instead(List<String> models) {
    return new Availability(
        code,
        status,
        errorType,
        retryable,
        requestedModels,
        excludedBy,
        affectedProviders,
        models,
        constraintField,
        constraintDetail,
        availableProviders,
        requestedProviders);
  }

  /// Returns it with the providers that there are, and those that were named.
  Availability among(List<String> available, List<String> requested) {
    return new Availability(
        code,
        status,
        errorType,
        retryable,
        requestedModels,
        excludedBy,
        affectedProviders,
        fallbackModels,
        constraintField,
        constraintDetail,
        available,
        requested);
  }
}
