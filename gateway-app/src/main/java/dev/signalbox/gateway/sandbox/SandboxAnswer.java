package dev.signalbox.gateway.sandbox;

import dev.signalbox.gateway.sandbox.SandboxText.Directives;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One answer of the sandbox, whole or in chunks.
final class SandboxAnswer {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int TOKENS = 24;
  private static final int DIMENSIONS = 16;

  private final String model;
  private final boolean text;
  private final List<String> words;
  private final long promptTokens;
  private final String finish;
  private final Map<String, Object> toolCall;

  SandboxAnswer(JsonNode body, Directives directives, boolean text) {
    this.model = body.path("model").asString("sandbox");
    this.text = text;
    String prompt = SandboxText.prompt(body);
    int wanted = directives.tokens().orElse(TOKENS);
    int cap = body.path("max_tokens").asInt(body.path("max_completion_tokens").asInt(wanted));
    this.words = SandboxText.words(prompt, Math.max(1, Math.min(wanted, cap)));
    this.promptTokens = Math.max(1, prompt.length() / 4);
    this.toolCall = text ? Map.of() : toolCall(body);
    this.finish = !toolCall.isEmpty() ? "tool_calls" : cap < wanted ? "length" : "stop";
  }

  /// Calls the first tool on offer, once: not again when its result is there.
  private static Map<String, Object> toolCall(JsonNode body) {
    JsonNode tools = body.path("tools");
    JsonNode messages = body.path("messages");
    boolean asked =
        tools.isArray()
            && !tools.isEmpty()
            && !"none".equals(body.path("tool_choice").asString(""))
            && messages.isArray()
            && !messages.isEmpty()
            && !"tool".equals(messages.get(messages.size() - 1).path("role").asString(""));
    if (!asked) {
      return Map.of();
    }
    String name = tools.get(0).path("function").path("name").asString("tool");
    var call = new LinkedHashMap<String, Object>();
    call.put("id", "call_sandbox");
    call.put("type", "function");
    call.put("function", Map.of("name", name, "arguments", arguments(tools.get(0))));
    return call;
  }

  private static String arguments(JsonNode tool) {
    var arguments = new LinkedHashMap<String, Object>();
    JsonNode properties = tool.path("function").path("parameters").path("properties");
    properties
        .propertyNames()
        .forEach(
            name ->
                arguments.put(
                    name,
                    switch (properties.path(name).path("type").asString("string")) {
                      case "number", "integer" -> 1;
                      case "boolean" -> true;
                      case "array" -> List.of();
                      case "object" -> Map.of();
                      default -> "sandbox";
                    }));
    return JSON.writeValueAsString(arguments);
  }

  int tokens() {
    return words.size();
  }

  String whole() {
    var choice = new LinkedHashMap<String, Object>();
    choice.put("index", 0);
    if (text) {
      choice.put("text", String.join("", words));
    } else {
      var message = new LinkedHashMap<String, Object>();
      message.put("role", "assistant");
      message.put("content", toolCall.isEmpty() ? String.join("", words) : null);
      if (!toolCall.isEmpty()) {
        message.put("tool_calls", List.of(toolCall));
      }
      choice.put("message", message);
    }
    choice.put("finish_reason", finish);
    return JSON.writeValueAsString(
        envelope(text ? "text_completion" : "chat.completion", List.of(choice), true));
  }

  private Map<String, Object> envelope(String object, List<?> choices, boolean usage) {
    var body = new LinkedHashMap<String, Object>();
    body.put("id", "sandbox-" + Integer.toHexString(words.hashCode()));
    body.put("object", object);
    body.put("created", System.currentTimeMillis() / 1000);
    body.put("model", model);
    body.put("choices", choices);
    if (usage) {
      body.put(
          "usage",
          Map.of(
              "prompt_tokens",
              promptTokens,
              "completion_tokens",
              words.size(),
              "total_tokens",
              promptTokens + words.size()));
    }
    return body;
  }

  /// Returns the events of a stream, `[DONE]` included.
  List<String> chunks() {
    var chunks = new ArrayList<String>();
    if (toolCall.isEmpty()) {
      words.forEach(word -> chunks.add(event(content(word), null)));
    } else {
      var call = new LinkedHashMap<String, Object>(toolCall);
      call.put("index", 0);
      chunks.add(event(Map.of("role", "assistant", "tool_calls", List.of(call)), null));
    }
    chunks.add(event(content(""), finish));
    chunks.add("data: " + JSON.writeValueAsString(envelope(object(), List.of(), true)) + "\n\n");
    chunks.add("data: [DONE]\n\n");
    return chunks;
  }

  private Object content(String word) {
    return text ? word : Map.of("content", word);
  }

  private String object() {
    return text ? "text_completion" : "chat.completion.chunk";
  }

  private String event(Object content, @org.jspecify.annotations.Nullable String reason) {
    var choice = new LinkedHashMap<String, Object>();
    choice.put("index", 0);
    choice.put(text ? "text" : "delta", content);
    choice.put("finish_reason", reason);
    return "data: " + JSON.writeValueAsString(envelope(object(), List.of(choice), false)) + "\n\n";
  }

  /// Returns one small vector for each input, made from its text.
  static String embeddings(JsonNode body) {
    JsonNode input = body.path("input");
    var inputs = new ArrayList<JsonNode>();
    if (input.isArray()) {
      input.forEach(inputs::add);
    } else {
      inputs.add(input);
    }
    boolean base64 = "base64".equals(body.path("encoding_format").asString(""));
    var data = new ArrayList<Map<String, Object>>();
    long tokens = 0;
    for (JsonNode one : inputs) {
      String words = one.toString();
      tokens += Math.max(1, words.length() / 4);
      data.add(
          Map.of("object", "embedding", "index", data.size(), "embedding", vector(words, base64)));
    }
    return JSON.writeValueAsString(
        Map.of(
            "object",
            "list",
            "model",
            body.path("model").asString("sandbox"),
            "data",
            data,
            "usage",
            Map.of("prompt_tokens", tokens, "total_tokens", tokens)));
  }

  private static Object vector(String words, boolean base64) {
    var random = new Random(words.hashCode());
    var buffer =
        java.nio.ByteBuffer.allocate(DIMENSIONS * Float.BYTES)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    var numbers = new ArrayList<Float>();
    for (int i = 0; i < DIMENSIONS; i++) {
      float number = random.nextFloat() * 2 - 1;
      buffer.putFloat(number);
      numbers.add(number);
    }
    return base64 ? java.util.Base64.getEncoder().encodeToString(buffer.array()) : numbers;
  }
}
