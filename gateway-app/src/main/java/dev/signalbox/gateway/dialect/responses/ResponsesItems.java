package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a conversation as items: what a chat keeps in one turn stands side by side.
final class ResponsesItems {
  private final ArrayNode items = Json.array();
  private final List<String> summary = new ArrayList<>();
  private @Nullable ObjectNode message;

  private ResponsesItems() {}

  static ArrayNode write(List<Message> conversation) {
    var writer = new ResponsesItems();
    for (Message message : conversation) {
      writer.add(message);
    }
    return writer.items;
  }

  private void add(Message turn) {
    message = null;
    summary.clear();
    String name = turn.name().map(who -> who + ": ").orElse("");
    boolean answers = turn.role() == Message.Role.ASSISTANT;
    for (Part part : turn.parts()) {
      switch (part) {
        case Part.Text(var words, _) -> {
          if (!words.isEmpty()) {
            var text = content(turn).addObject();
            text.put("type", answers ? "output_text" : "input_text").put("text", name + words);
            name = "";
          }
        }
        case Part.Thought(var words, _, var format) -> {
          if (format.equals(ResponsesProvider.FORMAT)) {
            summary.add(words);
          }
        }
        case Part.SealedThought sealed -> reasoning(sealed);
        case Part.ToolCall(var id, var called, var arguments) ->
            item("function_call")
                .put("call_id", id)
                .put("name", called)
                .put("arguments", arguments.isBlank() ? "{}" : arguments);
        case Part.ToolResult result -> {
          var item = item("function_call_output").put("call_id", result.callId());
          if (result.content().stream().allMatch(Part.Text.class::isInstance)) {
            item.put("output", result.text());
          } else {
            var output = item.putArray("output");
            result.content().forEach(piece -> addInput(piece, output));
          }
        }
        case Part.Image _, Part.Audio _, Part.Video _, Part.File _ -> addInput(part, content(turn));
      }
    }
  }

  private ObjectNode item(String type) {
    message = null;
    return items.addObject().put("type", type);
  }

  private ArrayNode content(Message turn) {
    ObjectNode open = message;
    if (open == null) {
      String role =
          turn.role() == Message.Role.TOOL ? "user" : turn.role().name().toLowerCase(Locale.ROOT);
      open = items.addObject().put("type", "message").put("role", role);
      open.putArray("content");
      message = open;
    }
    return (ArrayNode) open.path("content");
  }

  /// Thoughts are nothing without their seal: nothing is stored that an id could name.
  private void reasoning(Part.SealedThought sealed) {
    if (!sealed.format().equals(ResponsesProvider.FORMAT) || sealed.id().isEmpty()) {
      return;
    }
    var item = item("reasoning").put("id", sealed.id().get());
    var texts = item.putArray("summary");
    summary.forEach(text -> texts.addObject().put("type", "summary_text").put("text", text));
    summary.clear();
    item.put("encrypted_content", sealed.data());
  }

  private static void addInput(Part part, ArrayNode content) {
    switch (part) {
      case Part.Text(var words, _) ->
          content.addObject().put("type", "input_text").put("text", words);
      case Part.Image(var url, var detail, _) ->
          content
              .addObject()
              .put("type", "input_image")
              .put("detail", detail.orElse("auto"))
              .put("image_url", url);
      case Part.Audio(var data, var format) ->
          content
              .addObject()
              .put("type", "input_audio")
              .putObject("input_audio")
              .put("data", data)
              .put("format", format);
      case Part.File file -> {
        var tree = content.addObject().put("type", "input_file");
        file.name().ifPresent(name -> tree.put("filename", name));
        file.fileId().ifPresent(id -> tree.put("file_id", id));
        file.url()
            .ifPresent(url -> tree.put(url.startsWith("data:") ? "file_data" : "file_url", url));
      }
      case Part.Video _ ->
          throw Problem.invalidRequest(
              "messages[].content[].type: video_url (expected: none for this provider)");
      case Part.Thought _, Part.SealedThought _, Part.ToolCall _, Part.ToolResult _ -> {}
    }
  }
}
