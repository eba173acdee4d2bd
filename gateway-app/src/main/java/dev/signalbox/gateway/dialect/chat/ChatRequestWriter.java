package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.Target;
import dev.signalbox.gateway.dialect.canonical.AnswerFormat;
import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.canonical.Prompt;
import dev.signalbox.gateway.dialect.canonical.Pseudonym;
import dev.signalbox.gateway.dialect.canonical.Thinking;
import dev.signalbox.gateway.dialect.canonical.Tool;
import dev.signalbox.gateway.dialect.canonical.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes one request of OpenAI's chat, as the contract says it; what a provider wants otherwise is
/// adjusted afterwards.
final class ChatRequestWriter {
  private ChatRequestWriter() {}

  static ObjectNode write(Prompt prompt, Target target) {
    var request = Json.object().put("model", target.upstreamModel());
    var messages = request.putArray("messages");
    prompt.messages().forEach(message -> addMessage(message, messages));
    addTools(prompt, request);
    prompt.settings().forEach(request::set);
    prompt.maxTokens().ifPresent(cap -> request.put("max_tokens", cap));
    if (!prompt.stop().isEmpty()) {
      var stop = request.putArray("stop");
      prompt.stop().forEach(stop::add);
    }
    addFormat(prompt.format(), request);
    addThinking(prompt.thinking(), request);
    prompt.serviceTier().ifPresent(tier -> request.put("service_tier", tier));
    prompt.user().ifPresent(user -> request.put("user", Pseudonym.of(user)));
    prompt.autoCache().ifPresent(mark -> request.set("cache_control", cacheControl(mark)));
    if (prompt.stream()) {
      request.put("stream", true);
    }
    return request;
  }

  private static void addThinking(Thinking thinking, ObjectNode request) {
    var reasoning = Json.object();
    thinking.effort().ifPresent(effort -> reasoning.put("effort", effort));
    thinking.maxTokens().ifPresent(budget -> reasoning.put("max_tokens", budget));
    thinking.enabled().ifPresent(enabled -> reasoning.put("enabled", enabled));
    if (!reasoning.isEmpty()) {
      request.set("reasoning", reasoning);
    }
  }

  private static void addFormat(AnswerFormat format, ObjectNode request) {
    switch (format) {
      case AnswerFormat.Free() -> {}
      case AnswerFormat.AnyJson() ->
          request.putObject("response_format").put("type", "json_object");
      case AnswerFormat.Schema(var name, var description, var schema, var strict) -> {
        var tree = request.putObject("response_format").put("type", "json_schema");
        var inner = tree.putObject("json_schema").put("name", name);
        description.ifPresent(words -> inner.put("description", words));
        strict.ifPresent(flag -> inner.put("strict", flag));
        inner.set("schema", schema);
      }
    }
  }

  private static void addTools(Prompt prompt, ObjectNode request) {
    if (prompt.tools().isEmpty()) {
      return;
    }
    var tools = request.putArray("tools");
    for (Tool tool : prompt.tools()) {
      var tree = tools.addObject().put("type", "function");
      var function = tree.putObject("function").put("name", tool.name());
      tool.description().ifPresent(words -> function.put("description", words));
      tool.parameters().ifPresent(schema -> function.set("parameters", schema));
      tool.strict().ifPresent(strict -> function.put("strict", strict));
      mark(tree, tool.cache());
    }
    switch (prompt.toolChoice()) {
      case ToolChoice.Unsaid() -> {}
      case ToolChoice.Auto() -> request.put("tool_choice", "auto");
      case ToolChoice.None() -> request.put("tool_choice", "none");
      case ToolChoice.Required() -> request.put("tool_choice", "required");
      case ToolChoice.Named(var name) ->
          request
              .putObject("tool_choice")
              .put("type", "function")
              .putObject("function")
              .put("name", name);
    }
    prompt.parallelToolCalls().ifPresent(may -> request.put("parallel_tool_calls", may));
  }

  private static void addMessage(Message message, ArrayNode messages) {
    var media = new ArrayList<Part>();
    for (Part part : message.parts()) {
      if (part instanceof Part.ToolResult result) {
        addResult(result, messages, media);
      }
    }
    var content = Json.array();
    var calls = Json.array();
    var details = Json.array();
    for (Part part : message.parts()) {
      switch (part) {
        case Part.Thought thought -> details.add(thought(thought));
        case Part.SealedThought(var data, var id, var format) ->
            details.add(ChatThoughts.sealed(details.size(), data, id, format));
        case Part.ToolCall call -> calls.add(call(call));
        case Part.ToolResult _ -> {}
        default -> addPart(part, content);
      }
    }
    media.forEach(part -> addPart(part, content));
    if (content.isEmpty() && calls.isEmpty()) {
      return;
    }
    String role = media.isEmpty() ? role(message.role()) : "user";
    var tree = messages.addObject().put("role", role);
    message.name().ifPresent(name -> tree.put("name", name));
    if (!details.isEmpty()) {
      tree.put("reasoning", reasoning(message.parts()));
      tree.set("reasoning_details", details);
    }
    setContent(tree, content);
    if (!calls.isEmpty()) {
      tree.set("tool_calls", calls);
    }
  }

  private static String role(Message.Role role) {
    return switch (role) {
      case SYSTEM -> "system";
      case USER, TOOL -> "user";
      case ASSISTANT -> "assistant";
    };
  }

  /// A single text without a mark is a string: every provider knows that.
  private static void setContent(ObjectNode tree, ArrayNode content) {
    if (content.isEmpty()) {
      tree.putNull("content");
    } else if (content.size() == 1
        && content.path(0).has("text")
        && !content.path(0).has("cache_control")) {
      tree.set("content", content.path(0).path("text"));
    } else {
      tree.set("content", content);
    }
  }

  /// A tool's result is words; its pictures follow as the user's.
  private static void addResult(Part.ToolResult result, ArrayNode messages, List<Part> media) {
    var tree =
        messages
            .addObject()
            .put("role", "tool")
            .put("tool_call_id", result.callId())
            .put("content", result.text());
    mark(tree, result.cache());
    result.content().stream().filter(part -> !(part instanceof Part.Text)).forEach(media::add);
  }

  private static ObjectNode call(Part.ToolCall call) {
    var tree = Json.object().put("id", call.id()).put("type", "function");
    tree.putObject("function")
        .put("name", call.name())
        .put("arguments", call.arguments().isBlank() ? "{}" : call.arguments());
    return tree;
  }

  private static ObjectNode thought(Part.Thought thought) {
    var tree = ChatThoughts.text(0, thought.format(), thought.text());
    thought.signature().ifPresent(signature -> tree.put("signature", signature));
    return tree;
  }

  private static String reasoning(List<Part> parts) {
    var text = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Part.Thought thought) {
        text.append(thought.text());
      }
    }
    return text.toString();
  }

  private static void addPart(Part part, ArrayNode content) {
    switch (part) {
      case Part.Text(var words, var cache) -> {
        if (!words.isEmpty()) {
          mark(content.addObject().put("type", "text").put("text", words), cache);
        }
      }
      case Part.Image(var url, var detail, var cache) -> {
        var tree = content.addObject().put("type", "image_url");
        var image = tree.putObject("image_url").put("url", url);
        detail.ifPresent(word -> image.put("detail", word));
        mark(tree, cache);
      }
      case Part.Audio(var data, var format) ->
          content
              .addObject()
              .put("type", "input_audio")
              .putObject("input_audio")
              .put("data", data)
              .put("format", format);
      case Part.Video(var url) ->
          content.addObject().put("type", "video_url").putObject("video_url").put("url", url);
      case Part.File file -> {
        var tree = content.addObject().put("type", "file");
        var inner = tree.putObject("file");
        file.name().ifPresent(name -> inner.put("filename", name));
        file.url().ifPresent(url -> inner.put("file_data", url));
        file.fileId().ifPresent(id -> inner.put("file_id", id));
        mark(tree, file.cache());
      }
      case Part.Thought _, Part.SealedThought _, Part.ToolCall _, Part.ToolResult _ -> {}
    }
  }

  private static void mark(ObjectNode tree, Optional<CacheMark> cache) {
    cache.ifPresent(mark -> tree.set("cache_control", cacheControl(mark)));
  }

  private static ObjectNode cacheControl(CacheMark mark) {
    var tree = Json.object().put("type", "ephemeral");
    mark.ttl().ifPresent(ttl -> tree.put("ttl", ttl));
    return tree;
  }
}
