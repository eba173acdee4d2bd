package dev.signalbox.gateway.problem;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The JSON of an error, in the contract's shape (section 5.1).
public final class ProblemBody {
  private static final JsonMapper JSON = new JsonMapper();

  private ProblemBody() {}

  /// @param routerMetadata JSON of `openrouter_metadata`, or null
  public static byte[] json(Problem problem, @Nullable String routerMetadata) {
    Map<String, Object> body = openAi(problem);
    if (routerMetadata != null) {
      body.put("openrouter_metadata", JSON.readTree(routerMetadata));
    }
    return JSON.writeValueAsBytes(body);
  }

  private static Map<String, Object> openAi(Problem problem) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", problem.status());
    error.put("message", problem.getMessage());
    error.put("http_status", problem.status());
    error.put("error_type", problem.errorType());
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("error_type", problem.errorType());
    metadata.putAll(problem.metadata());
    error.put("metadata", metadata);
    error.putAll(problem.siblings());
    var body = new LinkedHashMap<String, Object>();
    body.put("error", error);
    return body;
  }
}
