package dev.signalbox.gateway.dialect.bedrock;

import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerByTool;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.pricing.Usage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of Converse or ConverseStream.
final class BedrockAnswerReader implements AnswerReader {
  /// The number that stands for the answer's own tool in [#calls].
  private static final int ANSWER = -1;

  private final ModelFamily family;
  private final boolean answersByTool;
  private final Map<Long, Integer> calls = new HashMap<>();
  private final Set<Integer> argued = new HashSet<>();
  private int callCount;
  private boolean answered;
  private boolean stopped;
  private boolean counted;

  BedrockAnswerReader(ModelFamily family, boolean answersByTool) {
    this.family = family;
    this.answersByTool = answersByTool;
  }

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    long index = Json.count(data, "contentBlockIndex");
    switch (name) {
      case "contentBlockStart" -> begin(index, data.path("start").path("toolUse"), out);
      case "contentBlockDelta" -> delta(index, data.path("delta"), out);
      case "contentBlockStop" -> end(index, out);
      case "messageStop" -> stop(data, out);
      case "metadata" -> count(data, out);
      default -> {
        if (name.startsWith(EventStreamFraming.EXCEPTION)) {
          String kind = name.substring(EventStreamFraming.EXCEPTION.length());
          out.accept(new Event.Failed(BedrockProvider.exception(kind, data)));
        }
      }
    }
    // Either may come first.
    return stopped && counted;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    long index = 0;
    for (JsonNode block : body.path("output").path("message").path("content")) {
      if (block.path("toolUse").isObject()) {
        begin(index, block.path("toolUse"), out);
        JsonNode input = block.path("toolUse").path("input");
        if (input.isObject() && !input.isEmpty()) {
          arguments(index, Json.text(input), out);
        }
        end(index, out);
      } else {
        content(index, block, out);
      }
      index++;
    }
    count(body, out);
    stop(body, out);
  }

  private void begin(long index, JsonNode call, Consumer<Event> out) {
    if (!call.isObject()) {
      return;
    }
    String name = Json.stringOr(call, "name", "");
    if (answersByTool && name.equals(AnswerByTool.NAME)) {
      calls.put(index, ANSWER);
      answered = true;
    } else {
      calls.put(index, callCount);
      out.accept(new Event.CallBegun(callCount++, Json.stringOr(call, "toolUseId", ""), name));
    }
  }

  private void delta(long index, JsonNode delta, Consumer<Event> out) {
    if (delta.path("toolUse").isObject()) {
      arguments(index, Json.stringOr(delta.path("toolUse"), "input", ""), out);
    } else {
      content(index, delta, out);
    }
  }

  private void content(long index, JsonNode content, Consumer<Event> out) {
    text(content, out);
    content.path("citationsContent").path("content").forEach(cited -> text(cited, out));
    content.path("citationsContent").path("citations").forEach(source -> cited(source, out));
    if (content.path("citation").isObject()) {
      cited(content.path("citation"), out);
    }
    JsonNode reasoning = content.path("reasoningContent");
    if (!reasoning.isObject()) {
      return;
    }
    String format = family.thoughtFormat();
    int block = (int) index;
    // A plain answer has the text one step deeper than a stream.
    JsonNode thought =
        reasoning.path("reasoningText").isObject() ? reasoning.path("reasoningText") : reasoning;
    Json.string(thought, "text")
        .filter(words -> !words.isEmpty())
        .ifPresent(words -> out.accept(new Event.ThoughtMore(block, words, format)));
    Json.string(thought, "signature")
        .filter(signature -> !signature.isEmpty())
        .ifPresent(signature -> out.accept(new Event.ThoughtSigned(block, signature, format)));
    Json.string(reasoning, "redactedContent")
        .ifPresent(
            data -> out.accept(new Event.ThoughtSealed(block, data, Optional.empty(), format)));
  }

  private static void text(JsonNode content, Consumer<Event> out) {
    String text = Json.stringOr(content, "text", "");
    if (!text.isEmpty()) {
      out.accept(new Event.TextMore(text));
    }
  }

  /// A citation of a page is shown; one of the prompt's own documents has nowhere to point.
  private static void cited(JsonNode citation, Consumer<Event> out) {
    Json.string(citation.path("location").path("web"), "url")
        .ifPresent(
            url -> {
              String words = Json.stringOr(citation.path("sourceContent").path(0), "text", "");
              out.accept(Event.Annotated.page(url, Json.stringOr(citation, "title", ""), words));
            });
  }

  private void arguments(long index, String json, Consumer<Event> out) {
    Integer call = calls.get(index);
    if (call == null || json.isEmpty()) {
      return;
    }
    argued.add(call);
    out.accept(call == ANSWER ? new Event.TextMore(json) : new Event.CallMore(call, json));
  }

  /// A call without arguments has an empty object of them.
  private void end(long index, Consumer<Event> out) {
    Integer call = calls.get(index);
    if (call != null && argued.add(call)) {
      out.accept(call == ANSWER ? new Event.TextMore("{}") : new Event.CallMore(call, "{}"));
    }
  }

  private void stop(JsonNode holder, Consumer<Event> out) {
    Json.string(holder, "stopReason")
        .ifPresent(
            raw -> {
              stopped = true;
              var told = answered && raw.equals("tool_use") ? StopReason.STOP : reason(raw);
              JsonNode more = holder.path("additionalModelResponseFields");
              out.accept(
                  new Event.Stopped(
                      told,
                      raw,
                      Json.string(more.path("delta"), "stop_sequence")
                          .or(() -> Json.string(more, "stop_sequence"))));
            });
  }

  private static StopReason reason(String raw) {
    return switch (raw) {
      case "max_tokens", "model_context_window_exceeded" -> StopReason.LENGTH;
      case "tool_use" -> StopReason.TOOL_CALLS;
      case "guardrail_intervened", "content_filtered" -> StopReason.CONTENT_FILTER;
      case "malformed_model_output", "malformed_tool_use" -> StopReason.ERROR;
      default -> StopReason.STOP;
    };
  }

  /// Cached tokens stand beside the input, never in it.
  private void count(JsonNode holder, Consumer<Event> out) {
    Json.string(holder.path("serviceTier"), "type")
        .ifPresent(tier -> out.accept(new Event.Tiered(tier)));
    JsonNode usage = holder.path("usage");
    if (!usage.isObject()) {
      return;
    }
    counted = true;
    if (!Counts.areBelievable(usage)) {
      return;
    }
    long written = Json.count(usage, "cacheWriteInputTokens");
    long hour = 0;
    for (JsonNode detail : usage.path("cacheDetails")) {
      if (Json.stringOr(detail, "ttl", "").toLowerCase(Locale.ROOT).endsWith("1h")) {
        hour += Json.count(detail, "inputTokens");
      }
    }
    hour = Math.min(hour, written);
    out.accept(
        new Event.Counted(
            new Usage(
                Json.count(usage, "inputTokens"),
                0,
                Json.count(usage, "cacheReadInputTokens"),
                written - hour,
                hour,
                Json.count(usage, "outputTokens"),
                0,
                0,
                0,
                0,
                0)));
  }
}
