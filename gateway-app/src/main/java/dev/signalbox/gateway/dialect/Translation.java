package dev.signalbox.gateway.dialect;

/// How requests of one surface go to one provider dialect, and how its answers come back: passed
/// through where both speak the same, else converted. Stateless.
public interface Translation {
  /// @throws dev.signalbox.gateway.problem.Problem 400, if the body cannot be said in the dialect
  UpstreamRequest request(Glance glance, Target target);

  /// Returns a new relay for one answer with status 2xx.
  Relay relay(Glance glance, Target target, AnswerFacts facts);

  /// Reads what a provider says went wrong.
  ///
  /// @param status HTTP
  /// @param body possibly empty, cut or not JSON
  UpstreamFault fault(int status, byte[] body);
}
