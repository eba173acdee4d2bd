package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.canonical.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What an answer says, put together from the bytes that a caller reads, as a client does it: the
/// same for every surface. Not thread-safe.
final class Said {
  String text = "";
  String thoughts = "";
  String refusal = "";
  final List<String> signatures = new ArrayList<>();
  final List<String> calls = new ArrayList<>();
  String finish = "";
  String usage = "";
  String error = "";

  private final Map<Integer, String> names = new LinkedHashMap<>();
  private final Map<Integer, StringBuilder> arguments = new LinkedHashMap<>();

  static Said of(Surface surface, String bytes) {
    var said = new Said();
    if (bytes.startsWith("declined: ")) {
      said.error = bytes.strip();
      return said;
    }
    List<JsonNode> frames = frames(bytes);
    for (JsonNode frame : frames) {
      switch (surface) {
        case MESSAGES -> said.message(frame);
        case RESPONSES -> said.response(frame);
        default -> said.chat(frame);
      }
    }
    said.names.forEach(
        (index, name) ->
            said.calls.add(
                name + " " + Json.text(Json.arguments(said.arguments.get(index).toString()))));
    return said;
  }

  private static List<JsonNode> frames(String bytes) {
    var plain = Json.tryParse(bytes);
    if (plain.isPresent()) {
      return List.of(plain.get());
    }
    var frames = new ArrayList<JsonNode>();
    for (String line : bytes.split("\n")) {
      if (line.startsWith("data: {")) {
        frames.add(Json.tryParse(line.substring(6)).orElseThrow());
      }
    }
    return frames;
  }

  private void call(int index, String name, String more) {
    names.merge(index, name, (before, now) -> before.isEmpty() ? now : before);
    arguments.computeIfAbsent(index, _ -> new StringBuilder()).append(more);
  }

  private void failed(JsonNode error) {
    if (error.isObject()) {
      this.error = Json.stringOr(error, "message", "");
    }
  }

  private void chat(JsonNode chunk) {
    JsonNode choice = chunk.path("choices").path(0);
    JsonNode part = choice.path("delta").isObject() ? choice.path("delta") : choice.path("message");
    text += Json.stringOr(part, "content", "");
    thoughts += Json.stringOr(part, "reasoning", "");
    refusal += Json.stringOr(part, "refusal", "");
    for (JsonNode detail : part.path("reasoning_details")) {
      Json.string(detail, "signature").ifPresent(signatures::add);
      Json.string(detail, "data").ifPresent(signatures::add);
    }
    for (JsonNode call : part.path("tool_calls")) {
      JsonNode function = call.path("function");
      call(
          call.path("index").asInt(names.size()),
          Json.stringOr(function, "name", ""),
          Json.stringOr(function, "arguments", ""));
    }
    finish = Json.stringOr(choice, "finish_reason", finish);
    failed(chunk.path("error"));
    JsonNode counted = chunk.path("usage");
    if (counted.isObject()) {
      count(
          Json.count(counted, "prompt_tokens"),
          Json.count(counted.path("prompt_tokens_details"), "cached_tokens"),
          Json.count(counted.path("prompt_tokens_details"), "cache_write_tokens"),
          Json.count(counted, "completion_tokens"),
          Json.count(counted.path("completion_tokens_details"), "reasoning_tokens"));
    }
  }

  private void count(long prompt, long cached, long written, long completion, long thought) {
    usage =
        "%d (%d cached, %d written) + %d (%d thoughts)"
            .formatted(prompt, cached, written, completion, thought);
  }

  private void message(JsonNode frame) {
    switch (Json.stringOr(frame, "type", "")) {
      case "message" -> {
        int index = 0;
        for (JsonNode block : frame.path("content")) {
          block(index++, block);
        }
        stopped(frame, frame.path("usage"));
      }
      case "content_block_start" ->
          block((int) Json.count(frame, "index"), frame.path("content_block"));
      case "content_block_delta" -> {
        JsonNode delta = frame.path("delta");
        text += Json.stringOr(delta, "text", "");
        thoughts += Json.stringOr(delta, "thinking", "");
        Json.string(delta, "signature").ifPresent(signatures::add);
        Json.string(delta, "partial_json")
            .filter(_ -> names.containsKey((int) Json.count(frame, "index")))
            .ifPresent(more -> call((int) Json.count(frame, "index"), "", more));
      }
      case "message_delta" -> stopped(frame.path("delta"), frame.path("usage"));
      case "error" -> failed(frame.path("error"));
      default -> {}
    }
  }

  private void block(int index, JsonNode block) {
    text += Json.stringOr(block, "text", "");
    thoughts += Json.stringOr(block, "thinking", "");
    Json.string(block, "signature").filter(proof -> !proof.isEmpty()).ifPresent(signatures::add);
    Json.string(block, "data").ifPresent(signatures::add);
    if (Json.stringOr(block, "type", "").equals("tool_use")) {
      JsonNode input = block.path("input");
      call(index, Json.stringOr(block, "name", ""), input.isEmpty() ? "" : Json.text(input));
    }
  }

  private void stopped(JsonNode holder, JsonNode counted) {
    finish =
        switch (Json.stringOr(holder, "stop_reason", "")) {
          case "end_turn", "stop_sequence" -> "stop";
          case "tool_use" -> "tool_calls";
          case "max_tokens" -> "length";
          case "refusal" -> "content_filter";
          default -> Json.stringOr(holder, "stop_reason", "");
        };
    long cached = Json.count(counted, "cache_read_input_tokens");
    long written = Json.count(counted, "cache_creation_input_tokens");
    count(
        Json.count(counted, "input_tokens") + cached + written,
        cached,
        written,
        Json.count(counted, "output_tokens"),
        Json.count(counted.path("output_tokens_details"), "thinking_tokens"));
  }

  private void response(JsonNode frame) {
    JsonNode whole = frame.path("response").isObject() ? frame.path("response") : frame;
    String type = Json.stringOr(frame, "type", "");
    if (type.equals("error")) {
      failed(frame.path("error").isObject() ? frame.path("error") : frame);
    }
    if (!whole.path("output").isArray()
        || Json.stringOr(whole, "status", "").equals("in_progress")) {
      return;
    }
    for (JsonNode item : whole.path("output")) {
      item(item);
    }
    failed(whole.path("error"));
    finish =
        switch (Json.stringOr(whole, "status", "")) {
          case "completed" -> names.isEmpty() ? "stop" : "tool_calls";
          case "incomplete" -> {
            String why = Json.stringOr(whole.path("incomplete_details"), "reason", "");
            yield why.equals("max_output_tokens") ? "length" : why;
          }
          default -> "error";
        };
    JsonNode counted = whole.path("usage");
    count(
        Json.count(counted, "input_tokens"),
        Json.count(counted.path("input_tokens_details"), "cached_tokens"),
        Json.count(counted.path("input_tokens_details"), "cache_write_tokens"),
        Json.count(counted, "output_tokens"),
        Json.count(counted.path("output_tokens_details"), "reasoning_tokens"));
  }

  private void item(JsonNode item) {
    switch (Json.stringOr(item, "type", "")) {
      case "message" -> {
        for (JsonNode part : item.path("content")) {
          text += Json.stringOr(part, "text", "");
          refusal += Json.stringOr(part, "refusal", "");
        }
      }
      case "reasoning" -> {
        for (String member : List.of("summary", "content")) {
          for (JsonNode part : item.path(member)) {
            thoughts += Json.stringOr(part, "text", "");
          }
        }
        Json.string(item, "signature").ifPresent(signatures::add);
        Json.string(item, "encrypted_content").ifPresent(signatures::add);
      }
      case "function_call" ->
          call(names.size(), Json.stringOr(item, "name", ""), Json.stringOr(item, "arguments", ""));
      default -> {}
    }
  }

  /// Returns it in lines, for people and for files.
  @Override
  public String toString() {
    var lines = new StringBuilder();
    line(lines, "thoughts", thoughts);
    signatures.forEach(proof -> line(lines, "signature", proof));
    line(lines, "text", text);
    line(lines, "refusal", refusal);
    calls.forEach(call -> line(lines, "call", call));
    line(lines, "error", error);
    line(lines, "finish", finish);
    line(lines, "usage", usage);
    return lines.toString();
  }

  private static void line(StringBuilder lines, String name, String value) {
    if (!value.isEmpty()) {
      lines.append(name).append(": ").append(value.replace("\n", "\\n")).append('\n');
    }
  }
}
