package dev.signalbox.gateway.dialect.messages;

import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.DataUrl;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Reads the turns of a conversation. Not thread-safe.
final class MessagesBlocks {
  /// The tools that were called so far, by the calls' ids.
  private final Map<String, String> names = new HashMap<>();

  /// Adds a turn's messages: what a user's turn holds of tools' results is a message of its own.
  void add(JsonNode message, List<Message> messages) {
    Message.Role role =
        switch (Json.stringOr(message, "role", "")) {
          case "assistant" -> Message.Role.ASSISTANT;
          case "system" -> Message.Role.SYSTEM;
          default -> Message.Role.USER;
        };
    var results = new ArrayList<Part>();
    var others = new ArrayList<Part>();
    for (Part part : parts(message.path("content"))) {
      (part instanceof Part.ToolResult ? results : others).add(part);
    }
    if (!results.isEmpty()) {
      messages.add(new Message(Message.Role.TOOL, results, Optional.empty()));
    }
    if (!others.isEmpty()) {
      messages.add(new Message(role, others, Optional.empty()));
    }
  }

  List<Part> parts(JsonNode content) {
    if (content.isString()) {
      return List.of(Part.Text.of(content.stringValue()));
    }
    var parts = new ArrayList<Part>();
    for (JsonNode block : content) {
      read(block, parts);
    }
    return parts;
  }

  private void read(JsonNode block, List<Part> parts) {
    Optional<CacheMark> cache = MessagesRequestReader.cacheMark(block);
    String type = Json.stringOr(block, "type", "");
    switch (type) {
      case "text" -> parts.add(new Part.Text(Json.stringOr(block, "text", ""), cache));
      case "image" ->
          parts.add(new Part.Image(image(block.path("source")), Optional.empty(), cache));
      case "document" -> document(block, cache, parts);
      case "search_result" -> searchResult(block, cache, parts);
      case "thinking" -> {
        var proof = ForeignThought.read(Json.stringOr(block, "signature", ""));
        parts.add(
            new Part.Thought(
                Json.stringOr(block, "thinking", ""),
                Optional.of(proof.proof()).filter(signature -> !signature.isEmpty()),
                proof.format()));
      }
      case "redacted_thinking" -> {
        var sealed = ForeignThought.read(Json.stringOr(block, "data", ""));
        parts.add(new Part.SealedThought(sealed.proof(), sealed.id(), sealed.format()));
      }
      case "tool_use" -> {
        String id = Json.stringOr(block, "id", "");
        String name = Json.stringOr(block, "name", "");
        names.put(id, name);
        parts.add(
            new Part.ToolCall(
                id, name, Json.text(Json.member(block, "input").orElseGet(Json::object))));
      }
      case "tool_result" -> {
        String id = Json.stringOr(block, "tool_use_id", "");
        parts.add(
            new Part.ToolResult(
                id,
                Optional.ofNullable(names.get(id)),
                parts(block.path("content")),
                Json.isTrue(block, "is_error"),
                cache));
      }
      default ->
          throw Problem.invalidRequest(
              "messages[].content[].type: %.64s is known only to Anthropic's own models"
                  .formatted(type));
    }
  }

  private static String image(JsonNode source) {
    return switch (Json.stringOr(source, "type", "")) {
      case "base64" -> data(source);
      case "url" -> Json.stringOr(source, "url", "");
      default ->
          throw Problem.invalidRequest("messages[].content[].source.type: not base64 or url");
    };
  }

  private static String data(JsonNode source) {
    return new DataUrl(
            Json.stringOr(source, "media_type", "application/octet-stream"),
            Json.stringOr(source, "data", ""))
        .toString();
  }

  /// A document that is but words goes as words, which every model understands.
  private void document(JsonNode block, Optional<CacheMark> cache, List<Part> parts) {
    JsonNode source = block.path("source");
    Optional<String> title = Json.string(block, "title");
    switch (Json.stringOr(source, "type", "")) {
      case "base64" ->
          parts.add(new Part.File(title, Optional.of(data(source)), Optional.empty(), cache));
      case "url" ->
          parts.add(new Part.File(title, Json.string(source, "url"), Optional.empty(), cache));
      case "file" ->
          parts.add(new Part.File(title, Optional.empty(), Json.string(source, "file_id"), cache));
      case "text" ->
          parts.add(new Part.Text(titled(title, Json.stringOr(source, "data", "")), cache));
      case "content" -> {
        title.ifPresent(words -> parts.add(Part.Text.of(words)));
        parts.addAll(parts(source.path("content")));
      }
      default ->
          throw Problem.invalidRequest(
              "messages[].content[].source.type: not base64, url, file, text or content");
    }
  }

  private static String titled(Optional<String> title, String words) {
    return title.map(heading -> heading + "\n\n" + words).orElse(words);
  }

  private void searchResult(JsonNode block, Optional<CacheMark> cache, List<Part> parts) {
    String head =
        Json.stringOr(block, "title", "") + " (" + Json.stringOr(block, "source", "") + ")";
    parts.add(
        new Part.Text(titled(Optional.of(head), Part.text(parts(block.path("content")))), cache));
  }
}
