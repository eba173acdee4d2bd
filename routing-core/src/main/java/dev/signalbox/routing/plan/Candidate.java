package dev.signalbox.routing.plan;

import dev.signalbox.catalog.Endpoint;

/// An endpoint that a plan tries.
///
/// @param requestedModel the slug that led to it, as the caller wrote it
/// @param share the exact chance that it is the first to be tried, of 1
public record Candidate(Endpoint endpoint, String requestedModel, double share) {}
