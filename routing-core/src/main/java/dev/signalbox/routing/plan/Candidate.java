package dev.signalbox.routing.plan;

import dev.signalbox.catalog.Endpoint;

/// An endpoint that a plan tries.
///
/// @param requestedModel the slug that led to it, as the caller wrote it
/// @param share the exact chance that it is the first to be tried, of 1
/// @param credential the account's own that it is tried with; empty for the operator's
public record Candidate(Endpoint endpoint, String requestedModel, double share, String credential) {
  public Candidate(Endpoint endpoint, String requestedModel, double share) {
    this(endpoint, requestedModel, share, "");
  }

  /// Whether the account pays the provider itself.
  public boolean own() {
    return !credential.isEmpty();
  }
}
