package dev.signalbox.gateway.stage;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.routing.plan.Candidate;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// An error told inside a stream that has begun with nothing but keep-alive comments.
final class StreamedProblem {
  private static final JsonMapper JSON = new JsonMapper();

  private StreamedProblem() {}

  /// @param routerMetadata JSON of `openrouter_metadata`, or null
  /// @param last the candidate tried last, if any was
  static byte[] chunk(
      Call call, Problem problem, @Nullable String routerMetadata, @Nullable Candidate last) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", problem.status());
    error.put("message", problem.getMessage());
    var metadata = new LinkedHashMap<String, Object>(problem.metadata());
    metadata.put("error_type", problem.errorType());
    error.put("metadata", metadata);
    error.putAll(problem.siblings());
    var chunk = new LinkedHashMap<String, Object>();
    chunk.put("id", call.generationId());
    chunk.put("object", "chat.completion.chunk");
    chunk.put("created", call.createdAt().getEpochSecond());
    chunk.put("model", last == null ? "" : last.endpoint().model().slug());
    chunk.put("provider", last == null ? "" : last.endpoint().provider().name());
    chunk.put("error", error);
    chunk.put(
        "choices",
        List.of(Map.of("index", 0, "delta", Map.of("content", ""), "finish_reason", "error")));
    if (routerMetadata != null) {
      chunk.put("openrouter_metadata", JSON.readTree(routerMetadata));
    }
    return ("data: " + JSON.writeValueAsString(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
