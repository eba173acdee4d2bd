package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import java.util.HashMap;
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

  void tell(Surface surface, Reply reply) {
    var headers = new HashMap<>(problem.headers());
    headers.put("X-Generation-Id", generationId);
    reply.whole(
        problem.status(),
        headers,
        ProblemBody.json(surface.skin(), problem, generationId, routerMetadata));
  }
}
