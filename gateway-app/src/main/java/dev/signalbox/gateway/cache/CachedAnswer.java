package dev.signalbox.gateway.cache;

import dev.signalbox.routing.plan.Candidate;
import java.time.Instant;

/// An answer as it was given.
///
/// @param id of the generation that made it
/// @param body all its bytes, keep-alive comments excepted
/// @param candidate who made it
public record CachedAnswer(
    String id, Instant createdAt, byte[] body, Candidate candidate, int ttlSeconds) {
  /// Seconds since it was made.
  public long age(Instant now) {
    return Math.max(0, now.getEpochSecond() - createdAt.getEpochSecond());
  }
}
