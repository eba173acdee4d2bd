package dev.signalbox.gateway.problem;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The JSON of an error, in the shape of the API that was called.
public final class ProblemBody {
  private static final JsonMapper JSON = new JsonMapper();

  private ProblemBody() {}

  /// @param generationId null until the router has seen the request
  /// @param routerMetadata JSON of `openrouter_metadata`, or null
  public static byte[] json(
      Skin skin, Problem problem, @Nullable String generationId, @Nullable String routerMetadata) {
    Map<String, Object> body =
        switch (skin) {
          case CHAT -> chat(problem);
          case MESSAGES -> messages(problem, generationId);
          case RESPONSES -> responses(problem);
        };
    if (routerMetadata != null) {
      body.put("openrouter_metadata", JSON.readTree(routerMetadata));
    }
    return JSON.writeValueAsBytes(body);
  }

  private static Map<String, Object> chat(Problem problem) {
    var body = new LinkedHashMap<String, Object>();
    body.put("error", error(problem));
    return body;
  }

  private static Map<String, Object> error(Problem problem) {
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
    return error;
  }

  private static Map<String, Object> messages(Problem problem, @Nullable String generationId) {
    var error = new LinkedHashMap<String, Object>();
    error.put("type", ErrorWords.anthropic(problem.errorType()));
    error.put("message", problem.getMessage());
    error.put("error_type", problem.errorType());
    error.putAll(problem.siblings());
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "error");
    body.put("error", error);
    body.put("request_id", generationId);
    if (!problem.metadata().isEmpty()) {
      body.put("metadata", problem.metadata());
    }
    return body;
  }

  /// The code is a number, as for every error before an answer has begun; inside a response it is a
  /// word.
  private static Map<String, Object> responses(Problem problem) {
    Map<String, Object> error = error(problem);
    error.put("type", ErrorWords.responses(problem.errorType()));
    var body = new LinkedHashMap<String, Object>();
    body.put("error", error);
    body.put("error_type", problem.errorType());
    body.put("metadata", problem.metadata().isEmpty() ? null : problem.metadata());
    return body;
  }

  /// Returns an error as the only event of a stream that had begun with nothing but keep-alives.
  ///
  /// @param model the slug that was tried last, or empty
  /// @param provider its provider's display name, or empty
  public static byte[] event(
      Skin skin,
      Problem problem,
      String generationId,
      long created,
      String model,
      String provider,
      @Nullable String routerMetadata) {
    return switch (skin) {
      case CHAT -> {
        var chunk = new LinkedHashMap<String, Object>();
        chunk.put("id", generationId);
        chunk.put("object", "chat.completion.chunk");
        chunk.put("created", created);
        chunk.put("model", model);
        chunk.put("provider", provider);
        chunk.putAll(chat(problem));
        var choice = new LinkedHashMap<String, Object>();
        choice.put("index", 0);
        choice.put("delta", Map.of("content", ""));
        choice.put("finish_reason", "error");
        choice.put("native_finish_reason", null);
        chunk.put("choices", List.of(choice));
        if (routerMetadata != null) {
          chunk.put("openrouter_metadata", JSON.readTree(routerMetadata));
        }
        yield event("", JSON.writeValueAsString(chunk));
      }
      case MESSAGES ->
          event(
              "error",
              new String(
                  json(skin, problem, generationId, routerMetadata), StandardCharsets.UTF_8));
      case RESPONSES -> {
        var event = new LinkedHashMap<String, Object>();
        event.put("type", "error");
        event.put("sequence_number", 0);
        event.put("code", ErrorWords.responses(problem.errorType()));
        event.put("message", problem.getMessage());
        event.put("param", null);
        event.put("error_type", problem.errorType());
        event.putAll(problem.siblings());
        if (routerMetadata != null) {
          event.put("openrouter_metadata", JSON.readTree(routerMetadata));
        }
        yield (new String(event("error", JSON.writeValueAsString(event)), StandardCharsets.UTF_8)
                + "data: [DONE]\n\n")
            .getBytes(StandardCharsets.UTF_8);
      }
    };
  }

  private static byte[] event(String name, String data) {
    String head = name.isEmpty() ? "" : "event: " + name + "\n";
    return (head + "data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
