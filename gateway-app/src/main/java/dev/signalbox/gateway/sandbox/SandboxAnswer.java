package dev.signalbox.gateway.sandbox;

import dev.signalbox.gateway.sandbox.SandboxText.Directives;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// One answer of the sandbox, whole or in chunks.
final class SandboxAnswer {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int TOKENS = 24;
  private static final int CHARS_OF_JSON_TOKEN = 4;

  private final SandboxRequest request;
  private final List<String> thoughts;
  private final List<String> tokens;
  private final Optional<String> tool;
  private final String finish;
  private final long promptTokens;

  SandboxAnswer(SandboxRequest request, Directives directives) {
    this.request = request;
    this.tool = request.tool().map(function -> function.path("name").asString("tool"));
    this.promptTokens = Math.max(1, request.prompt().length() / 4);
    int cap = request.maxTokens().orElse(Integer.MAX_VALUE);
    this.thoughts =
        SandboxText.words(request.prompt() + " thought", Math.min(request.thoughts(), cap));
    List<String> all = say(directives);
    String stopped = upToStop(String.join("", all), tool.isPresent() ? List.of() : request.stops());
    List<String> said = stopped == null ? all : cut(all, stopped.length());
    int room = cap - thoughts.size();
    this.tokens = said.size() > room ? said.subList(0, room) : said;
    boolean cutOff = said.size() > room;
    this.finish = cutOff ? "length" : tool.isPresent() ? "tool_calls" : "stop";
  }

  private List<String> say(Directives directives) {
    if (request.tool().isPresent()) {
      return json(SandboxJson.fitting(request.tool().get().path("parameters"), request.prompt()));
    }
    if (request.schema().isPresent()) {
      return json(
          request.schema().get().isObject()
              ? SandboxJson.fitting(request.schema().get(), request.prompt())
              : Map.of("sandbox", String.join("", SandboxText.words(request.prompt(), 6))));
    }
    return SandboxText.words(request.prompt(), directives.tokens().orElse(TOKENS));
  }

  /// In pieces such as a model's tokens are.
  private static List<String> json(@Nullable Object value) {
    String json = JSON.writeValueAsString(value instanceof String ? Map.of() : value);
    var pieces = new ArrayList<String>();
    for (int from = 0; from < json.length(); from += CHARS_OF_JSON_TOKEN) {
      pieces.add(json.substring(from, Math.min(json.length(), from + CHARS_OF_JSON_TOKEN)));
    }
    return pieces;
  }

  private static @Nullable String upToStop(String text, List<String> stops) {
    int first = stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    return first < 0 ? null : text.substring(0, first);
  }

  private static List<String> cut(List<String> pieces, int length) {
    var kept = new ArrayList<String>();
    int left = length;
    for (String piece : pieces) {
      if (left <= 0) {
        break;
      }
      kept.add(piece.substring(0, Math.min(piece.length(), left)));
      left -= piece.length();
    }
    return kept;
  }

  int tokenCount() {
    return thoughts.size() + tokens.size();
  }

  String whole() {
    String said = String.join("", tokens);
    var choice = new LinkedHashMap<String, Object>();
    choice.put("index", 0);
    if (request.text()) {
      choice.put("text", said);
    } else {
      var message = new LinkedHashMap<String, Object>();
      message.put("role", "assistant");
      message.put("content", tool.isPresent() ? null : said);
      if (!thoughts.isEmpty()) {
        message.put("reasoning", String.join("", thoughts));
      }
      tool.ifPresent(name -> message.put("tool_calls", List.of(call(name, said, false))));
      choice.put("message", message);
    }
    choice.put("logprobs", null);
    choice.put("finish_reason", finish);
    return JSON.writeValueAsString(envelope(List.of(choice), false, true));
  }

  private Map<String, Object> call(String name, String arguments, boolean indexed) {
    var call = new LinkedHashMap<String, Object>();
    if (indexed) {
      call.put("index", 0);
    }
    call.put("id", "call_sandbox_" + Integer.toHexString(request.prompt().hashCode()));
    call.put("type", "function");
    call.put("function", Map.of("name", name, "arguments", arguments));
    return call;
  }

  private Map<String, Object> envelope(List<?> choices, boolean chunk, boolean usage) {
    var body = new LinkedHashMap<String, Object>();
    body.put("id", "sandbox-" + Integer.toHexString(tokens.hashCode()));
    body.put(
        "object",
        request.text() ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion");
    body.put("created", System.currentTimeMillis() / 1000);
    body.put("model", request.model());
    body.put("system_fingerprint", "sandbox-synthetic");
    body.put("choices", choices);
    if (usage) {
      body.put(
          "usage",
          Map.of(
              "prompt_tokens",
              promptTokens,
              "completion_tokens",
              tokenCount(),
              "total_tokens",
              promptTokens + tokenCount(),
              "completion_tokens_details",
              Map.of("reasoning_tokens", thoughts.size())));
    }
    return body;
  }

  /// Returns the events of a stream, `[DONE]` included.
  List<String> chunks() {
    var chunks = new ArrayList<String>();
    thoughts.forEach(thought -> chunks.add(event(Map.of("reasoning", thought), null)));
    tool.ifPresent(
        name ->
            chunks.add(
                event(
                    Map.of("role", "assistant", "tool_calls", List.of(call(name, "", true))),
                    null)));
    tokens.forEach(token -> chunks.add(event(piece(token), null)));
    chunks.add(event(request.text() ? "" : Map.of(), finish));
    if (request.wantsUsage()) {
      chunks.add("data: " + JSON.writeValueAsString(envelope(List.of(), true, true)) + "\n\n");
    }
    chunks.add("data: [DONE]\n\n");
    return chunks;
  }

  private Object piece(String token) {
    if (request.text()) {
      return token;
    }
    return tool.isPresent()
        ? Map.of("tool_calls", List.of(Map.of("index", 0, "function", Map.of("arguments", token))))
        : Map.of("content", token);
  }

  private String event(Object content, @Nullable String reason) {
    var choice = new LinkedHashMap<String, Object>();
    choice.put("index", 0);
    choice.put(request.text() ? "text" : "delta", content);
    choice.put("finish_reason", reason);
    return "data: " + JSON.writeValueAsString(envelope(List.of(choice), true, false)) + "\n\n";
  }
}
