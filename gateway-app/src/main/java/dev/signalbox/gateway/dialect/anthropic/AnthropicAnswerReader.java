package dev.signalbox.gateway.dialect.anthropic;

import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of Anthropic's Messages.
final class AnthropicAnswerReader implements AnswerReader {
  /// The number that stands for the answer's own tool in [#calls].
  private static final int ANSWER = -1;

  private final boolean answersByTool;
  private final AnthropicUsage usage = new AnthropicUsage();
  private final Map<Long, Integer> calls = new HashMap<>();
  private final Set<Integer> argued = new HashSet<>();
  private int callCount;
  private boolean answered;

  AnthropicAnswerReader(boolean answersByTool) {
    this.answersByTool = answersByTool;
  }

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    switch (Json.stringOr(data, "type", name)) {
      case "message_start" -> {
        begin(data.path("message"), out);
        blocks(data.path("message"), out);
      }
      case "content_block_start" ->
          block(Json.count(data, "index"), data.path("content_block"), out);
      case "content_block_delta" -> delta(Json.count(data, "index"), data.path("delta"), out);
      case "content_block_stop" -> end(Json.count(data, "index"), out);
      case "message_delta" -> {
        stop(data.path("delta"), out);
        count(data.path("usage"), out);
      }
      case "message_stop" -> {
        return true;
      }
      case "error" -> out.accept(new Event.Failed(AnthropicFaults.inStream(data)));
      default -> {}
    }
    return false;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    if (Json.stringOr(body, "type", "").equals("error")) {
      out.accept(new Event.Failed(AnthropicFaults.inStream(body)));
      return;
    }
    begin(body, out);
    blocks(body, out);
  }

  /// Reads blocks that are complete: those of a plain answer, or what a stream begins with where it
  /// goes on with a turn that tools of the provider's own had interrupted.
  private void blocks(JsonNode message, Consumer<Event> out) {
    long index = 0;
    for (JsonNode block : message.path("content")) {
      block(index, block, out);
      JsonNode input = block.path("input");
      if (calls.containsKey(index) && input.isObject() && !input.isEmpty()) {
        arguments(index, Json.text(input), out);
      }
      end(index, out);
      index++;
    }
    stop(message, out);
  }

  private void begin(JsonNode message, Consumer<Event> out) {
    Json.string(message, "id").ifPresent(id -> out.accept(new Event.Named(id)));
    count(message.path("usage"), out);
  }

  private void block(long index, JsonNode block, Consumer<Event> out) {
    switch (Json.stringOr(block, "type", "")) {
      case "text" -> {
        text(Json.stringOr(block, "text", ""), out);
        block.path("citations").forEach(citation -> cited(citation, out));
      }
      case "thinking" -> {
        thought(index, Json.stringOr(block, "thinking", ""), out);
        signed(index, Json.stringOr(block, "signature", ""), out);
      }
      case "redacted_thinking" ->
          out.accept(
              new Event.ThoughtSealed(
                  (int) index,
                  Json.stringOr(block, "data", ""),
                  Optional.empty(),
                  AnthropicMessages.FORMAT));
      case "tool_use" -> {
        String name = Json.stringOr(block, "name", "");
        if (answersByTool && name.equals(AnswerByTool.NAME)) {
          calls.put(index, ANSWER);
          answered = true;
        } else {
          calls.put(index, callCount);
          out.accept(new Event.CallBegun(callCount++, Json.stringOr(block, "id", ""), name));
        }
      }
      default -> {}
    }
  }

  private void delta(long index, JsonNode delta, Consumer<Event> out) {
    switch (Json.stringOr(delta, "type", "")) {
      case "text_delta" -> text(Json.stringOr(delta, "text", ""), out);
      case "thinking_delta" -> thought(index, Json.stringOr(delta, "thinking", ""), out);
      case "signature_delta" -> signed(index, Json.stringOr(delta, "signature", ""), out);
      case "citations_delta" -> cited(delta.path("citation"), out);
      case "input_json_delta" -> arguments(index, Json.stringOr(delta, "partial_json", ""), out);
      default -> {}
    }
  }

  private static void text(String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.TextMore(text));
    }
  }

  /// A citation of a page is shown; one of the prompt's own documents has nowhere to point.
  private static void cited(JsonNode citation, Consumer<Event> out) {
    Json.string(citation, "url")
        .ifPresent(
            url ->
                out.accept(
                    Event.Annotated.page(
                        url,
                        Json.stringOr(citation, "title", ""),
                        Json.stringOr(citation, "cited_text", ""))));
  }

  private static void thought(long index, String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.ThoughtMore((int) index, text, AnthropicMessages.FORMAT));
    }
  }

  private static void signed(long index, String signature, Consumer<Event> out) {
    if (!signature.isEmpty()) {
      out.accept(new Event.ThoughtSigned((int) index, signature, AnthropicMessages.FORMAT));
    }
  }

  private void arguments(long index, String json, Consumer<Event> out) {
    Integer call = calls.get(index);
    if (call != null && !json.isEmpty()) {
      argued.add(call);
      out.accept(call == ANSWER ? new Event.TextMore(json) : new Event.CallMore(call, json));
    }
  }

  /// A call without arguments has an empty object of them.
  private void end(long index, Consumer<Event> out) {
    Integer call = calls.get(index);
    if (call != null && !argued.contains(call)) {
      arguments(index, "{}", out);
    }
  }

  private void stop(JsonNode holder, Consumer<Event> out) {
    Json.string(holder, "stop_reason")
        .ifPresent(
            raw -> {
              Json.string(holder.path("stop_details"), "explanation")
                  .ifPresent(words -> out.accept(new Event.RefusalMore(words)));
              var reason = AnthropicStopReasons.read(raw);
              var told = answered && reason == StopReason.TOOL_CALLS ? StopReason.STOP : reason;
              out.accept(new Event.Stopped(told, raw, Json.string(holder, "stop_sequence")));
            });
  }

  private void count(JsonNode counted, Consumer<Event> out) {
    if (counted.isObject() && Counts.areBelievable(counted)) {
      usage.add(counted);
      out.accept(new Event.Counted(usage.total()));
      Json.string(counted, "service_tier").ifPresent(tier -> out.accept(new Event.Tiered(tier)));
    }
  }
}
