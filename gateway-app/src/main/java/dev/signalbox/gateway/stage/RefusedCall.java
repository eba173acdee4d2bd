package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.dialect.AnswerFacts;
import dev.signalbox.gateway.dialect.Glance;
import dev.signalbox.gateway.dialect.Surface;
import dev.signalbox.gateway.dialect.responses.CutShort;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.problem.ProblemBody;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A problem that a generation ended in, with what its error body says beside it.
final class RefusedCall extends RuntimeException {
  private final Problem problem;
  private final Call call;
  private final @Nullable String routerMetadata;

  RefusedCall(Problem problem, Call call, @Nullable String routerMetadata) {
    super(problem.getMessage(), null, false, false);
    this.problem = problem;
    this.call = call;
    this.routerMetadata = routerMetadata;
  }

  /// Returns what is answered with status 200 instead: one API takes some problems for answers.
  static byte @Nullable [] answer(Problem problem, Call call) {
    Glance glance = call.glance();
    if (glance.surface() != Surface.RESPONSES || !CutShort.is(problem.errorType())) {
      return null;
    }
    String model = glance.models().isEmpty() ? "" : glance.models().getFirst();
    var facts =
        new AnswerFacts(
            call.generationId(), call.createdAt().getEpochSecond(), model, "", glance.stream());
    return CutShort.answer(glance, facts, problem.errorType());
  }

  void tell(Reply reply) {
    String generationId = call.generationId();
    byte[] answer = answer(problem, call);
    if (answer != null) {
      Map<String, String> headers = Map.of("X-Generation-Id", generationId);
      if (call.glance().stream()) {
        reply.begin(headers);
        reply.write(answer);
        reply.complete();
      } else {
        reply.whole(200, headers, answer);
      }
      return;
    }
    var headers = new HashMap<>(problem.headers());
    headers.put("X-Generation-Id", generationId);
    reply.whole(
        problem.status(),
        headers,
        ProblemBody.json(call.glance().surface().skin(), problem, generationId, routerMetadata));
  }
}
