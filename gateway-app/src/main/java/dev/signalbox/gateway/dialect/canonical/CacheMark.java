package dev.signalbox.gateway.dialect.canonical;

import java.util.Optional;

/// A wish that the prompt up to here be cached.
///
/// @param ttl `5m` or `1h`
public record CacheMark(Optional<String> ttl) {}
