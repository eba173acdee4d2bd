package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.problem.Problem;
import org.jspecify.annotations.Nullable;

/// A problem that a generation ended in, with what its error body says beside it.
final class Refusal extends RuntimeException {
  private final Problem problem;
  private final String generationId;
  private final @Nullable String routerMetadata;

  Refusal(Problem problem, String generationId, @Nullable String routerMetadata) {
    super(problem.getMessage(), null, false, false);
    this.problem = problem;
    this.generationId = generationId;
    this.routerMetadata = routerMetadata;
  }

  Problem problem() {
    return problem;
  }

  String generationId() {
    return generationId;
  }

  @Nullable String routerMetadata() {
    return routerMetadata;
  }
}
