package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.Message;
import dev.signalbox.gateway.dialect.canonical.Part;
import dev.signalbox.gateway.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads items one after another. What a model thought, said and called in one turn are items of
/// their own, and together one message. Not thread-safe.
final class InputItems {
  private final List<Message> messages;
  private final Map<String, String> names = new HashMap<>();
  private final List<Part> turn = new ArrayList<>();
  private Message.@Nullable Role whose;

  /// @param messages takes them
  InputItems(List<Message> messages) {
    this.messages = messages;
  }

  void add(JsonNode item) {
    String type = Json.stringOr(item, "type", item.has("role") ? "message" : "");
    switch (type) {
      case "message" -> message(item);
      case "reasoning" -> say(Message.Role.ASSISTANT, thoughts(item));
      case "function_call" -> call(item, Json.stringOr(item, "arguments", ""));
      case "custom_tool_call" -> call(item, FlatTools.arguments(Json.stringOr(item, "input", "")));
      case "web_search_call" -> {
        // What the provider searched is in what it said.
      }
      case "function_call_output", "custom_tool_call_output" -> {
        String id = Json.stringOr(item, "call_id", "");
        say(
            Message.Role.TOOL,
            List.of(
                new Part.ToolResult(
                    id,
                    Optional.ofNullable(names.get(id)),
                    parts(item.path("output")),
                    false,
                    ResponsesRequestReader.cacheMark(item))));
      }
      case "item_reference" -> {
        if (!LostThoughts.isOne(Json.stringOr(item, "id", ""))) {
          throw Problem.invalidRequest(
              "input[].type: nothing is stored here; send the item itself, not its id");
        }
      }
      default ->
          throw Problem.invalidRequest(
              ("input[].type: %.64s is not known here (expected: message, function_call,"
                      + " function_call_output or reasoning)")
                  .formatted(type));
    }
  }

  private void call(JsonNode item, String arguments) {
    String id = Json.stringOr(item, "call_id", Json.stringOr(item, "id", ""));
    String name =
        FlatTools.flat(Json.stringOr(item, "namespace", ""), Json.stringOr(item, "name", ""));
    names.put(id, name);
    say(Message.Role.ASSISTANT, List.of(new Part.ToolCall(id, name, arguments)));
  }

  private void message(JsonNode item) {
    String role = Json.stringOr(item, "role", "");
    Message.Role speaker =
        switch (role) {
          case "user" -> Message.Role.USER;
          case "assistant" -> Message.Role.ASSISTANT;
          case "system", "developer" -> Message.Role.SYSTEM;
          default ->
              throw Problem.invalidRequest(
                  "input[].role: %.64s (expected: user, assistant, system or developer)"
                      .formatted(role));
        };
    if (speaker != Message.Role.ASSISTANT) {
      end();
    }
    say(speaker, parts(item.path("content")));
  }

  private void say(Message.Role role, List<Part> parts) {
    if (whose != role) {
      end();
      whose = role;
    }
    turn.addAll(parts);
  }

  /// Ends the turn that is being put together.
  void end() {
    if (whose != null && !turn.isEmpty()) {
      messages.add(new Message(whose, turn, Optional.empty()));
    }
    turn.clear();
    whose = null;
  }

  private static List<Part> thoughts(JsonNode item) {
    var thoughts = new ArrayList<Part>();
    Optional<String> sealed = Json.string(item, "encrypted_content");
    if (sealed.filter(SignedThought::isOne).isPresent()) {
      return SignedThought.read(sealed.get()).map(List::<Part>of).orElse(List.of());
    }
    String format =
        Json.stringOr(item, "format", sealed.isPresent() ? Reasoning.OPENAI : Reasoning.UNKNOWN);
    Optional<String> signature = Json.string(item, "signature");
    var text = new StringBuilder();
    for (String member : List.of("summary", "content")) {
      for (JsonNode piece : item.path(member)) {
        text.append(Json.stringOr(piece, "text", ""));
      }
    }
    if (!text.isEmpty() || signature.isPresent()) {
      thoughts.add(new Part.Thought(text.toString(), signature, format));
    }
    sealed.ifPresent(
        data -> thoughts.add(new Part.SealedThought(data, Json.string(item, "id"), format)));
    return thoughts;
  }

  private static List<Part> parts(JsonNode content) {
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
    var cache = ResponsesRequestReader.cacheMark(part);
    String type = Json.stringOr(part, "type", "");
    return switch (type) {
      case "input_text", "output_text", "text" ->
          new Part.Text(Json.stringOr(part, "text", ""), cache);
      case "refusal" -> Part.Text.of(Json.stringOr(part, "refusal", ""));
      case "input_image" ->
          new Part.Image(
              Json.string(part, "image_url")
                  .orElseThrow(
                      () -> Problem.invalidRequest("input[].content[].image_url: missing")),
              Json.string(part, "detail"),
              cache);
      case "input_file" ->
          new Part.File(
              Json.string(part, "filename"),
              Json.string(part, "file_data").or(() -> Json.string(part, "file_url")),
              Json.string(part, "file_id"),
              cache);
      case "input_audio" -> {
        JsonNode audio = part.path("input_audio");
        yield new Part.Audio(
            Json.stringOr(audio, "data", ""), Json.stringOr(audio, "format", "wav"));
      }
      case "input_video" -> new Part.Video(Json.stringOr(part, "video_url", ""));
      default ->
          throw Problem.invalidRequest(
              ("input[].content[].type: %.64s is not known here (expected: input_text, input_image,"
                      + " input_file, input_audio or output_text)")
                  .formatted(type));
    };
  }
}
