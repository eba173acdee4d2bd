package dev.signalbox.billing.limit;

import java.time.Instant;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// Where replicas draw permits from.
public interface Permits {
  /// A slice of a window's permits, drawn for good.
  ///
  /// @param taken what all replicas have drawn of the window by now
  /// @param now by the clock that windows go by
  record Slice(Instant windowStart, long granted, long taken, Instant now) {}

  /// Draws permits: as many as are needed, and beyond that the remainder's given part, but never
  /// more than remain.
  ///
  /// @param share a fourth, a tenth, … of what remains
  Mono<Slice> draw(Quota quota, long needed, long share);

  /// Gives drawn permits of a window back.
  Mono<Void> giveBack(Quota quota, Instant windowStart, long count);

  /// Asks other replicas to give back what they hold of a subject.
  Mono<Void> recall(Quota quota);

  /// Subjects that some replica asks for.
  Flux<String> recalls();
}
