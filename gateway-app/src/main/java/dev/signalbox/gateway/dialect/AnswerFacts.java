package dev.signalbox.gateway.dialect;

/// What an answer must say that only the gateway knows.
///
/// @param generationId `gen-…`
/// @param created Unix seconds
/// @param model the slug that really answers
/// @param providerName display name
/// @param stream the caller asked for a stream
public record AnswerFacts(
    String generationId, long created, String model, String providerName, boolean stream) {}
