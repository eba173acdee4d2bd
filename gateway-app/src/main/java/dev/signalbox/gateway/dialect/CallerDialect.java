package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.wire.Document;

/// The caller's half of a dialect: reads requests.
public interface CallerDialect {
  /// Looks at a request's top level.
  ///
  /// @throws dev.signalbox.gateway.problem.Problem 400, naming the field at fault
  Glance glance(Surface surface, Document body);

  /// The same.
  default Glance glance(Surface surface, byte[] body) {
    return glance(surface, Document.of(body));
  }
}
