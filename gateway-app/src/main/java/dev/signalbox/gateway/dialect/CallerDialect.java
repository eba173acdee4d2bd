package dev.signalbox.gateway.dialect;

/// The caller's half of a dialect: reads requests.
public interface CallerDialect {
  /// Looks at a request's top level.
  ///
  /// @throws dev.signalbox.gateway.problem.Problem 400, naming the field at fault
  Glance glance(Surface surface, byte[] body);
}
