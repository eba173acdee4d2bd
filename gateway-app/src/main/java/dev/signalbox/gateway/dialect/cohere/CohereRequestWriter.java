package dev.signalbox.gateway.dialect.cohere;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import dev.signalbox.gateway.problem.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of Cohere's chat.
final class CohereRequestWriter {
  private static final long DEFAULT_CAP = 8192;
  private static final Map<String, String> SETTINGS =
      Map.of(
          "temperature", "temperature",
          "top_p", "p",
          "top_k", "k",
          "seed", "seed",
          "presence_penalty", "presence_penalty",
          "frequency_penalty", "frequency_penalty",
          "logprobs", "logprobs");

  private CohereRequestWriter() {}

  static ObjectNode write(Prompt prompt, Target target) {
    var request = Json.object().put("model", target.upstreamModel());
    var messages = request.putArray("messages");
    prompt.messages().forEach(message -> addMessage(message, messages));
    addTools(prompt, request);
    SETTINGS.forEach(
        (ours, theirs) -> prompt.setting(ours).ifPresent(value -> request.set(theirs, value)));
    prompt.maxTokens().ifPresent(cap -> request.put("max_tokens", cap));
    if (!prompt.stop().isEmpty()) {
      var stop = request.putArray("stop_sequences");
      prompt.stop().forEach(stop::add);
    }
    addFormat(prompt, request);
    if (prompt.thinking().off()) {
      request.putObject("thinking").put("type", "disabled");
    } else if (prompt.thinking().wanted()) {
      long cap =
          prompt
              .maxTokens()
              .orElseGet(() -> target.endpoint().maxCompletionTokens().orElse(DEFAULT_CAP));
      request
          .putObject("thinking")
          .put("type", "enabled")
          .put("token_budget", prompt.thinking().budget(cap));
    }
    request.put("stream", prompt.stream());
    return request;
  }

  private static void addFormat(Prompt prompt, ObjectNode request) {
    switch (prompt.format()) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() ->
          request.putObject("response_format").put("type", "json_object");
      case AnswerFormat.Schema schema ->
          request
              .putObject("response_format")
              .put("type", "json_object")
              .set("json_schema", schema.schema());
    }
  }

  private static void addTools(Prompt prompt, ObjectNode request) {
    if (prompt.tools().isEmpty()) {
      return;
    }
    var tools = request.putArray("tools");
    for (Tool tool : callable(prompt)) {
      var function =
          tools.addObject().put("type", "function").putObject("function").put("name", tool.name());
      tool.description().ifPresent(words -> function.put("description", words));
      tool.strict().filter(strict -> strict).ifPresent(_ -> request.put("strict_tools", true));
      function.set("parameters", tool.schema());
    }
    switch (prompt.toolChoice()) {
      case ToolChoice.Unsaid(), ToolChoice.Auto() -> {}
      case ToolChoice.None() -> request.put("tool_choice", "NONE");
      case ToolChoice.Required(), ToolChoice.Named _ -> request.put("tool_choice", "REQUIRED");
    }
  }

  /// A call can be forced, but not of which tool: the one that is named goes alone.
  private static List<Tool> callable(Prompt prompt) {
    if (!(prompt.toolChoice() instanceof ToolChoice.Named(var name))) {
      return prompt.tools();
    }
    var named = prompt.tools().stream().filter(tool -> tool.name().equals(name)).toList();
    return named.isEmpty() ? prompt.tools() : named;
  }

  private static void addMessage(Message message, ArrayNode messages) {
    for (Part part : message.parts()) {
      if (part instanceof Part.ToolResult result) {
        messages
            .addObject()
            .put("role", "tool")
            .put("tool_call_id", result.callId())
            .put("content", result.text());
      }
    }
    if (message.role() == Message.Role.TOOL) {
      return;
    }
    var content = Json.array();
    var calls = Json.array();
    message.parts().forEach(part -> addPart(part, content, calls));
    message.name().ifPresent(name -> prefix(name, content));
    if (content.isEmpty() && calls.isEmpty()) {
      return;
    }
    var tree = messages.addObject();
    tree.put("role", message.role().name().toLowerCase(Locale.ROOT));
    if (!content.isEmpty()) {
      tree.set("content", content);
    }
    if (!calls.isEmpty()) {
      tree.set("tool_calls", calls);
    }
  }

  private static void prefix(String name, ArrayNode content) {
    for (JsonNode part : content) {
      if (part instanceof ObjectNode text && text.has("text")) {
        text.put("text", name + ": " + Json.stringOr(text, "text", ""));
        return;
      }
    }
  }

  private static void addPart(Part part, ArrayNode content, ArrayNode calls) {
    switch (part) {
      case Part.Text(var words, _) -> {
        if (!words.isEmpty()) {
          content.addObject().put("type", "text").put("text", words);
        }
      }
      case Part.Image(var url, _, _) ->
          content.addObject().put("type", "image_url").putObject("image_url").put("url", url);
      case Part.ToolCall(var id, var name, var arguments) ->
          calls
              .addObject()
              .put("id", id)
              .put("type", "function")
              .putObject("function")
              .put("name", name)
              .put("arguments", arguments.isBlank() ? "{}" : arguments);
      case Part.Thought _, Part.SealedThought _, Part.ToolResult _ -> {}
      case Part.Audio _, Part.Video _, Part.File _ ->
          throw Problem.invalidRequest("messages[].content[].type: expected text or image_url");
    }
  }
}
