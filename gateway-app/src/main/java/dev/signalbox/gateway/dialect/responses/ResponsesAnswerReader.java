package dev.signalbox.gateway.dialect.responses;

import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.pricing.Usage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of Responses.
final class ResponsesAnswerReader implements AnswerReader {
  private final Map<Long, Integer> calls = new HashMap<>();
  private final Set<Long> argued = new HashSet<>();
  private int callCount;
  private int thoughts;
  private int summaries;

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    long index = Json.count(data, "output_index");
    String delta = Json.stringOr(data, "delta", "");
    switch (Json.stringOr(data, "type", name)) {
      case "response.created" -> named(data.path("response"), out);
      case "response.output_item.added" -> begin(index, data.path("item"), out);
      case "response.output_text.delta" -> {
        text(delta, out);
        odds(data.path("logprobs"), out);
      }
      case "response.refusal.delta" -> out.accept(new Event.RefusalMore(delta));
      case "response.output_text.annotation.added" ->
          out.accept(new Event.Annotated(annotation(data.path("annotation"))));
      case "response.reasoning_summary_part.added" -> {
        if (summaries++ > 0) {
          thought("\n\n", out);
        }
      }
      case "response.reasoning_summary_text.delta", "response.reasoning_text.delta" ->
          thought(delta, out);
      case "response.function_call_arguments.delta" -> arguments(index, delta, out);
      case "response.output_item.done" -> end(index, data.path("item"), out);
      case "response.completed", "response.incomplete", "response.failed" -> {
        finish(data.path("response"), out);
        return true;
      }
      case "error" -> {
        out.accept(new Event.Failed(Faults.of(200, data)));
        return true;
      }
      default -> {}
    }
    return false;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    named(body, out);
    long index = 0;
    for (JsonNode item : body.path("output")) {
      switch (Json.stringOr(item, "type", "")) {
        case "message" -> item.path("content").forEach(part -> content(part, out));
        case "reasoning" -> {
          reasoningText(item, out);
          end(index, item, out);
        }
        default -> {
          begin(index, item, out);
          end(index, item, out);
        }
      }
      index++;
    }
    finish(body, out);
  }

  private static void named(JsonNode response, Consumer<Event> out) {
    Json.string(response, "id").ifPresent(id -> out.accept(new Event.Named(id)));
  }

  private void content(JsonNode part, Consumer<Event> out) {
    if (Json.stringOr(part, "type", "").equals("refusal")) {
      out.accept(new Event.RefusalMore(Json.stringOr(part, "refusal", "")));
      return;
    }
    text(Json.stringOr(part, "text", ""), out);
    odds(part.path("logprobs"), out);
    part.path("annotations").forEach(note -> out.accept(new Event.Annotated(annotation(note))));
  }

  private void reasoningText(JsonNode item, Consumer<Event> out) {
    boolean first = true;
    JsonNode summary = item.path("summary");
    for (JsonNode part : summary.isEmpty() ? item.path("content") : summary) {
      thought(first ? "" : "\n\n", out);
      thought(Json.stringOr(part, "text", ""), out);
      first = false;
    }
  }

  private static void text(String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.TextMore(text));
    }
  }

  private static void odds(JsonNode logprobs, Consumer<Event> out) {
    if (logprobs.isArray() && !logprobs.isEmpty()) {
      var tree = Json.object();
      tree.set("content", logprobs);
      out.accept(new Event.Likelihoods(tree.putNull("refusal")));
    }
  }

  /// A chat has what a citation says in an object of its own.
  private static JsonNode annotation(JsonNode note) {
    if (!Json.stringOr(note, "type", "").equals("url_citation")) {
      return note;
    }
    var tree = Json.object().put("type", "url_citation");
    var inner = tree.putObject("url_citation");
    for (String name : new String[] {"url", "title", "start_index", "end_index"}) {
      Json.member(note, name).ifPresent(value -> inner.set(name, value));
    }
    return tree;
  }

  private void thought(String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.ThoughtMore(thoughts, text, ResponsesProvider.FORMAT));
    }
  }

  private void begin(long index, JsonNode item, Consumer<Event> out) {
    if (Json.stringOr(item, "type", "").equals("function_call")) {
      calls.put(index, callCount);
      out.accept(
          new Event.CallBegun(
              callCount++, Json.stringOr(item, "call_id", ""), Json.stringOr(item, "name", "")));
    }
  }

  private void arguments(long index, String more, Consumer<Event> out) {
    Integer call = calls.get(index);
    if (call != null && !more.isEmpty()) {
      argued.add(index);
      out.accept(new Event.CallMore(call, more));
    }
  }

  /// What was not streamed comes with the item's end.
  private void end(long index, JsonNode item, Consumer<Event> out) {
    switch (Json.stringOr(item, "type", "")) {
      case "function_call" -> {
        if (!argued.contains(index)) {
          arguments(index, Json.stringOr(item, "arguments", "{}"), out);
        }
      }
      case "reasoning" -> {
        int block = thoughts + 1;
        Json.string(item, "encrypted_content")
            .ifPresent(
                data ->
                    out.accept(
                        new Event.ThoughtSealed(
                            block, data, Json.string(item, "id"), ResponsesProvider.FORMAT)));
        thoughts += 2;
        summaries = 0;
      }
      default -> {}
    }
  }

  private void finish(JsonNode response, Consumer<Event> out) {
    Json.string(response, "service_tier").ifPresent(tier -> out.accept(new Event.Tiered(tier)));
    count(response.path("usage"), Searches.in(response), out);
    String status = Json.stringOr(response, "status", "");
    if (Json.member(response, "error").isPresent() || status.equals("failed")) {
      out.accept(new Event.Failed(Faults.of(200, response)));
      return;
    }
    String raw = Json.stringOr(response.path("incomplete_details"), "reason", status);
    StopReason reason =
        switch (raw) {
          case "max_output_tokens" -> StopReason.LENGTH;
          case "content_filter" -> StopReason.CONTENT_FILTER;
          default -> callCount > 0 ? StopReason.TOOL_CALLS : StopReason.STOP;
        };
    out.accept(new Event.Stopped(reason, raw, Optional.empty()));
  }

  /// Cached tokens are counted in the input, reasoning in the output.
  private static void count(JsonNode usage, long searches, Consumer<Event> out) {
    if (!usage.isObject() || !Counts.areBelievable(usage)) {
      return;
    }
    long input = Json.count(usage, "input_tokens");
    JsonNode inputs = usage.path("input_tokens_details");
    long cached = Math.min(input, Json.count(inputs, "cached_tokens"));
    long written = Math.min(input - cached, Json.count(inputs, "cache_write_tokens"));
    long output = Json.count(usage, "output_tokens");
    long reasoning =
        Math.min(output, Json.count(usage.path("output_tokens_details"), "reasoning_tokens"));
    out.accept(
        new Event.Counted(
            new Usage(
                input - cached - written,
                0,
                cached,
                written,
                0,
                output - reasoning,
                reasoning,
                0,
                0,
                0,
                searches)));
  }
}
