package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads the messages of a chat.
final class ChatParts {
  private ChatParts() {}

  /// @param names of the tools that were called so far, by the calls' ids
  static Message message(JsonNode message, Map<String, String> names) {
    var name = Json.string(message, "name");
    String role = Json.stringOr(message, "role", "");
    return switch (role) {
      case "system", "developer" ->
          new Message(Message.Role.SYSTEM, content(message.path("content")), name);
      case "user" -> new Message(Message.Role.USER, content(message.path("content")), name);
      case "assistant" -> new Message(Message.Role.ASSISTANT, assistant(message, names), name);
      case "tool", "function" -> {
        String callId = Json.stringOr(message, "tool_call_id", "");
        var result =
            new Part.ToolResult(
                callId,
                Optional.ofNullable(names.get(callId)).or(() -> name),
                content(message.path("content")),
                false,
                cacheMark(message));
        yield new Message(Message.Role.TOOL, List.of(result), Optional.empty());
      }
      default ->
          throw Problem.invalidRequest(
              "messages[].role: %s (expected: system, developer, user, assistant or tool)"
                  .formatted(role));
    };
  }

  private static List<Part> assistant(JsonNode message, Map<String, String> names) {
    var parts = new ArrayList<Part>(thoughts(message));
    parts.addAll(content(message.path("content")));
    Json.string(message, "refusal").ifPresent(text -> parts.add(Part.Text.of(text)));
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode function = call.path("function");
      String id = Json.stringOr(call, "id", "");
      String name = Json.stringOr(function, "name", "");
      names.put(id, name);
      parts.add(new Part.ToolCall(id, name, Json.stringOr(function, "arguments", "")));
    }
    return parts;
  }

  private static List<Part> thoughts(JsonNode message) {
    var thoughts = new ArrayList<Part>();
    for (JsonNode detail : message.path("reasoning_details")) {
      String format = Json.stringOr(detail, "format", "unknown");
      switch (Json.stringOr(detail, "type", "")) {
        case "reasoning.text" ->
            thoughts.add(
                new Part.Thought(
                    Json.stringOr(detail, "text", ""), Json.string(detail, "signature"), format));
        case "reasoning.summary" ->
            thoughts.add(
                new Part.Thought(Json.stringOr(detail, "summary", ""), Optional.empty(), format));
        case "reasoning.encrypted" ->
            thoughts.add(
                new Part.SealedThought(
                    Json.stringOr(detail, "data", ""), Json.string(detail, "id"), format));
        default -> {}
      }
    }
    if (thoughts.isEmpty()) {
      Json.string(message, "reasoning")
          .or(() -> Json.string(message, "reasoning_content"))
          .ifPresent(text -> thoughts.add(new Part.Thought(text, Optional.empty(), "unknown")));
    }
    return thoughts;
  }

  private static List<Part> content(JsonNode content) {
    if (content.isString()) {
      return List.of(Part.Text.of(content.stringValue()));
    }
    var parts = new ArrayList<Part>();
    for (JsonNode part : content) {
      parts.add(part(part));
    }
    return parts;
  }

  private static Part part(JsonNode part) {
    String type = Json.stringOr(part, "type", "");
    return switch (type) {
      case "text", "input_text", "output_text" ->
          new Part.Text(Json.stringOr(part, "text", ""), cacheMark(part));
      case "refusal" -> Part.Text.of(Json.stringOr(part, "refusal", ""));
      case "image_url" -> {
        JsonNode image = part.path("image_url");
        yield new Part.Image(
            image.isString() ? image.stringValue() : Json.stringOr(image, "url", ""),
            Json.string(image, "detail"),
            cacheMark(part));
      }
      case "input_audio" -> {
        JsonNode audio = part.path("input_audio");
        yield new Part.Audio(
            Json.stringOr(audio, "data", ""), Json.stringOr(audio, "format", "wav"));
      }
      case "video_url", "input_video" -> new Part.Video(Json.stringOr(part.path(type), "url", ""));
      case "file" -> {
        JsonNode file = part.path("file");
        yield new Part.File(
            Json.string(file, "filename"),
            Json.string(file, "file_data"),
            Json.string(file, "file_id"),
            cacheMark(part));
      }
      default ->
          throw Problem.invalidRequest(
              "messages[].content[].type: %s (expected: text, image_url, input_audio, video_url or file)"
                  .formatted(type));
    };
  }

  static Optional<CacheMark> cacheMark(JsonNode node) {
    JsonNode mark = node.path("cache_control");
    if (mark.isObject()) {
      return Optional.of(new CacheMark(Json.string(mark, "ttl")));
    }
    return node.path("prompt_cache_breakpoint").isObject()
        ? Optional.of(new CacheMark(Optional.empty()))
        : Optional.empty();
  }
}
