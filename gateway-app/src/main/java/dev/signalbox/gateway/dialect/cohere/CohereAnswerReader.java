package dev.signalbox.gateway.dialect.cohere;

import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of Cohere's.
final class CohereAnswerReader implements AnswerReader {
  private static final String FORMAT = "unknown";

  private int calls = -1;
  private boolean argued;

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    JsonNode delta = data.path("delta");
    JsonNode message = delta.path("message");
    switch (Json.stringOr(data, "type", name)) {
      case "message-start" ->
          Json.string(data, "id").ifPresent(id -> out.accept(new Event.Named(id)));
      case "content-start", "content-delta" -> content(message.path("content"), out);
      case "tool-plan-delta" -> thought(Json.stringOr(message, "tool_plan", ""), out);
      case "tool-call-start" -> begin(message.path("tool_calls"), out);
      case "tool-call-delta" -> arguments(message.path("tool_calls"), out);
      case "tool-call-end" -> close(out);
      case "message-end" -> {
        end(delta, out);
        return true;
      }
      default -> {}
    }
    return false;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    Json.string(body, "id").ifPresent(id -> out.accept(new Event.Named(id)));
    JsonNode message = body.path("message");
    thought(Json.stringOr(message, "tool_plan", ""), out);
    message.path("content").forEach(part -> content(part, out));
    for (JsonNode call : message.path("tool_calls")) {
      begin(call, out);
      close(out);
    }
    end(body, out);
  }

  private static void content(JsonNode content, Consumer<Event> out) {
    thought(Json.stringOr(content, "thinking", ""), out);
    String text = Json.stringOr(content, "text", "");
    if (!text.isEmpty()) {
      out.accept(new Event.TextMore(text));
    }
  }

  private static void thought(String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.ThoughtMore(0, text, FORMAT));
    }
  }

  private void begin(JsonNode call, Consumer<Event> out) {
    calls++;
    argued = false;
    out.accept(
        new Event.CallBegun(
            calls,
            Json.stringOr(call, "id", ""),
            Json.stringOr(call.path("function"), "name", "")));
    arguments(call, out);
  }

  private void arguments(JsonNode call, Consumer<Event> out) {
    String more = Json.stringOr(call.path("function"), "arguments", "");
    if (calls >= 0 && !more.isEmpty()) {
      argued = true;
      out.accept(new Event.CallMore(calls, more));
    }
  }

  /// A call without arguments has an empty object of them.
  private void close(Consumer<Event> out) {
    if (!argued) {
      out.accept(new Event.CallMore(calls, "{}"));
    }
  }

  private static void end(JsonNode end, Consumer<Event> out) {
    // What is billed lacks the words that Cohere itself puts around a prompt.
    JsonNode usage = end.path("usage");
    JsonNode billed = usage.path("billed_units");
    JsonNode tokens = billed.has("input_tokens") ? billed : usage.path("tokens");
    if (tokens.isObject() && Counts.areBelievable(tokens)) {
      out.accept(
          new Event.Counted(
              Usage.of(Json.count(tokens, "input_tokens"), Json.count(tokens, "output_tokens"))));
    }
    String raw = Json.stringOr(end, "finish_reason", "");
    switch (raw) {
      case "" -> {}
      case "ERROR", "TIMEOUT" ->
          out.accept(
              new Event.Failed(
                  Faults.of(
                      raw.equals("TIMEOUT") ? 504 : 502, Json.stringOr(end, "error", ""), raw)));
      default -> out.accept(new Event.Stopped(reason(raw), raw, Optional.empty()));
    }
  }

  private static StopReason reason(String raw) {
    return switch (raw) {
      case "MAX_TOKENS" -> StopReason.LENGTH;
      case "TOOL_CALL" -> StopReason.TOOL_CALLS;
      default -> StopReason.STOP;
    };
  }
}
