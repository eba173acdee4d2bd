package dev.signalbox.gateway.dialect;

import dev.signalbox.catalog.Endpoint;
import java.util.Set;

/// The endpoint that one attempt addresses, in the words of its provider.
///
/// @param upstreamModel the provider's name of the model
/// @param quirks named deviations from the dialect, as the catalog declares them
public record Target(
    Endpoint endpoint, String upstreamModel, Dialect dialect, Set<String> quirks) {}
