package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.canonical.CacheMark;
import dev.signalbox.gateway.dialect.canonical.DataUrl;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.dialect.conversion.ToolIds;
import dev.signalbox.gateway.dialect.conversion.Turns;
import dev.signalbox.gateway.problem.Problem;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a conversation as Anthropic wants it: turns alternate, and no text is blank.
///
/// @param system takes what is said before the first turn
record AnthropicMessages(ArrayNode system) {
  static final String FORMAT = "anthropic-claude-v1";

  /// Returns whether a part is a thought that Claude will know as its own.
  static boolean isOwnThought(Part part) {
    return switch (part) {
      case Part.Thought(_, var signature, var format) ->
          signature.isPresent() && format.equals(FORMAT);
      case Part.SealedThought(_, _, var format) -> format.equals(FORMAT);
      default -> false;
    };
  }

  ArrayNode write(List<Message> conversation) {
    var messages = new Turns("assistant", "content").write(conversation, system, this::addParts);
    trimPrefill(messages);
    return messages;
  }

  /// The last turn, if the model's own, may not end in white space.
  private static void trimPrefill(ArrayNode messages) {
    if (messages.isEmpty()) {
      throw Problem.invalidRequest("messages: all are empty (expected: one that says something)");
    }
    var last = messages.path(messages.size() - 1);
    var content = last.path("content");
    if (Json.stringOr(last, "role", "").equals("assistant")
        && content.path(content.size() - 1) instanceof ObjectNode part
        && part.has("text")) {
      part.put("text", Json.stringOr(part, "text", "").stripTrailing());
    }
  }

  private void addParts(Message message, ArrayNode content) {
    boolean named = message.name().isPresent();
    for (Part part : message.parts()) {
      if (named && part instanceof Part.Text(var words, var cache)) {
        addText(message.name().get() + ": " + words, cache, content);
        named = false;
      } else {
        addPart(part, content);
      }
    }
  }

  private void addPart(Part part, ArrayNode content) {
    switch (part) {
      case Part.Text(var words, var cache) -> addText(words, cache, content);
      case Part.Image(var url, _, var cache) -> {
        var image = content.addObject().put("type", "image");
        image.set("source", source(url));
        mark(image, cache);
      }
      case Part.File file -> {
        var document = content.addObject().put("type", "document");
        document.set("source", source(file));
        file.filename().ifPresent(name -> document.put("title", name));
        mark(document, file.cache());
      }
      case Part.Audio _ -> throw unsayable("input_audio");
      case Part.Video _ -> throw unsayable("video_url");
      case Part.Thought(var words, var signature, _) -> {
        // Another provider's signature would be refused.
        if (isOwnThought(part)) {
          content
              .addObject()
              .put("type", "thinking")
              .put("thinking", words)
              .put("signature", signature.get());
        }
      }
      case Part.SealedThought(var data, _, _) -> {
        if (isOwnThought(part)) {
          content.addObject().put("type", "redacted_thinking").put("data", data);
        }
      }
      case Part.ToolCall(var id, var name, var arguments) ->
          content
              .addObject()
              .put("type", "tool_use")
              .put("id", ToolIds.plain(id))
              .put("name", name)
              .set("input", Json.arguments(arguments));
      case Part.ToolResult result -> {
        var tree =
            content
                .addObject()
                .put("type", "tool_result")
                .put("tool_use_id", ToolIds.plain(result.callId()));
        var inner = Json.array();
        result.content().forEach(piece -> addPart(piece, inner));
        if (!inner.isEmpty()) {
          tree.set("content", inner);
        }
        if (result.failed()) {
          tree.put("is_error", true);
        }
        mark(tree, result.cache());
      }
    }
  }

  private static void addText(String words, Optional<CacheMark> cache, ArrayNode content) {
    if (!words.isBlank()) {
      mark(content.addObject().put("type", "text").put("text", words), cache);
    }
  }

  private static void mark(ObjectNode block, Optional<CacheMark> cache) {
    cache.ifPresent(mark -> block.set("cache_control", AnthropicRequestWriter.cacheControl(mark)));
  }

  private static ObjectNode source(Part.File file) {
    if (file.fileId().isPresent()) {
      return Json.object().put("type", "file").put("file_id", file.fileId().get());
    }
    return source(file.url().orElseThrow(() -> Problem.invalidRequest("file: expected file_data")));
  }

  private static ObjectNode source(String url) {
    var data = DataUrl.of(url);
    if (data.isPresent()) {
      return Json.object()
          .put("type", "base64")
          .put("media_type", data.get().mediaType())
          .put("data", data.get().data());
    }
    return Json.object().put("type", "url").put("url", url);
  }

  private static Problem unsayable(String type) {
    return Problem.invalidRequest(
        "messages[].content[].type: %s is not known here".formatted(type));
  }
}
