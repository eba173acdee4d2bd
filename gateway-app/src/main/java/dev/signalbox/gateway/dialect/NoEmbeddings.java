package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.problem.Problem;
import java.util.Optional;

/// Embeddings of a dialect in which they cannot be said.
record NoEmbeddings(Dialect dialect) implements Translation {
  @Override
  public UpstreamRequest request(Glance glance, Target target) {
    throw Problem.notFound("No embeddings are served in the dialect " + dialect.key() + ".");
  }

  @Override
  public Relay relay(Glance glance, Target target, AnswerFacts facts) {
    throw new IllegalStateException("relay: called for a request that was never made");
  }

  @Override
  public UpstreamFault fault(int status, byte[] body) {
    return new UpstreamFault(status, "not_found", "Provider returned error", Optional.empty());
  }
}
