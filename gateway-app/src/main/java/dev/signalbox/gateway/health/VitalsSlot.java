package dev.signalbox.gateway.health;

import dev.signalbox.catalog.EndpointId;

/// What one replica saw of one endpoint in ten seconds: what replicas tell each other.
///
/// @param number of the ten seconds since 1970
/// @param successes requests answered
/// @param failures requests failed by the provider's fault
/// @param toolAnswers answers with tool calls that were looked into
/// @param toolErrors those of them with a call that could not be made
/// @param counts how many answers fell into which bucket of latency and throughput: pairs of
///   variable-length numbers, the distance to the bucket before and the count
public record VitalsSlot(
    EndpointId endpoint,
    long number,
    int successes,
    int failures,
    int toolAnswers,
    int toolErrors,
    byte[] counts) {}
