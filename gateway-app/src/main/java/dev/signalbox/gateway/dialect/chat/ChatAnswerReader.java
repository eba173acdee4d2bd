package dev.signalbox.gateway.dialect.chat;

import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.gateway.dialect.openai.FinishReasons;
import dev.signalbox.gateway.dialect.openai.OpenAiUsage;
import dev.signalbox.gateway.wire.Members;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of OpenAI's chat, and of the many that are nearly it.
final class ChatAnswerReader implements AnswerReader {
  private static final String FORMAT = "unknown";

  private final Map<Long, Integer> calls = new HashMap<>();
  private final Map<Integer, String> ids = new HashMap<>();
  private int callCount;
  private boolean named;

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    read(data, "delta", out);
    return false;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    read(body, "message", out);
  }

  private void read(JsonNode chunk, String member, Consumer<Event> out) {
    JsonNode groq = chunk.path("x_groq");
    if (Json.member(chunk, "error").isPresent()) {
      count(chunk.path("usage"), out);
      out.accept(new Event.Failed(Faults.of(200, chunk)));
      return;
    }
    if (Json.member(groq, "error").isPresent()) {
      out.accept(new Event.Failed(Faults.of(200, groq)));
      return;
    }
    Optional<String> id = Json.string(chunk, "id").filter(text -> !text.isEmpty());
    if (!named && id.isPresent()) {
      named = true;
      out.accept(new Event.Named(id.get()));
    }
    Json.string(chunk, "service_tier").ifPresent(tier -> out.accept(new Event.Tiered(tier)));
    JsonNode choice = chunk.path("choices").path(0);
    message(choice.path(member), out);
    if (Json.member(choice, "logprobs").isPresent()) {
      out.accept(new Event.Likelihoods(choice.path("logprobs")));
    }
    count(chunk.path("usage").isObject() ? chunk.path("usage") : groq.path("usage"), out);
    Json.string(choice, "finish_reason")
        .filter(raw -> !raw.isEmpty())
        .ifPresent(raw -> stop(raw, choice, out));
  }

  private void stop(String raw, JsonNode choice, Consumer<Event> out) {
    String word = FinishReasons.normalized(raw, callCount > 0);
    out.accept(
        new Event.Stopped(
            StopReason.valueOf(word.toUpperCase(Locale.ROOT)),
            Json.stringOr(choice, "native_finish_reason", raw),
            Json.string(choice, "stop_reason")));
  }

  private void message(JsonNode message, Consumer<Event> out) {
    thoughts(message, out);
    JsonNode content = message.path("content");
    text(content.asString(""), out);
    content.forEach(part -> part(part, out));
    Json.string(message, "refusal")
        .filter(words -> !words.isEmpty())
        .ifPresent(words -> out.accept(new Event.RefusalMore(words)));
    message.path("tool_calls").forEach(call -> call(call, out));
    for (JsonNode image : message.path("images")) {
      Json.string(image.path("image_url"), "url")
          .ifPresent(url -> out.accept(new Event.Pictured(url)));
    }
    message.path("annotations").forEach(note -> out.accept(new Event.Annotated(note)));
    Json.member(message, "audio").ifPresent(audio -> out.accept(new Event.AudioMore(audio)));
  }

  /// Mistral's models that think answer in parts.
  private static void part(JsonNode part, Consumer<Event> out) {
    text(Json.stringOr(part, "text", ""), out);
    JsonNode thinking = part.path("thinking");
    thought(0, thinking.asString(""), FORMAT, out);
    thinking.forEach(piece -> thought(0, Json.stringOr(piece, "text", ""), FORMAT, out));
  }

  private static void text(String text, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.TextMore(text));
    }
  }

  private static void thought(int block, String text, String format, Consumer<Event> out) {
    if (!text.isEmpty()) {
      out.accept(new Event.ThoughtMore(block, text, format));
    }
  }

  private static void thoughts(JsonNode message, Consumer<Event> out) {
    JsonNode details = message.path("reasoning_details");
    boolean told = false;
    for (JsonNode detail : details) {
      int block = (int) Json.count(detail, "index");
      String format = Json.stringOr(detail, "format", FORMAT);
      String text = Json.string(detail, "text").orElse(Json.stringOr(detail, "summary", ""));
      told |= !text.isEmpty();
      thought(block, text, format, out);
      Json.string(detail, "signature")
          .filter(signature -> !signature.isEmpty())
          .ifPresent(signature -> out.accept(new Event.ThoughtSigned(block, signature, format)));
      Json.string(detail, "data")
          .ifPresent(
              data ->
                  out.accept(
                      new Event.ThoughtSealed(block, data, Json.string(detail, "id"), format)));
    }
    if (!told) {
      Optional<String> text =
          Json.string(message, "reasoning").or(() -> Json.string(message, "reasoning_content"));
      text.ifPresent(words -> thought(0, words, FORMAT, out));
    }
  }

  /*
   * A call begins where its index, or an id other than the one its index had, is first seen: some
   * providers leave the index out, some give every call the same.
   */
  private void call(JsonNode call, Consumer<Event> out) {
    Optional<String> id = Json.string(call, "id").filter(text -> !text.isEmpty());
    JsonNode function = call.path("function");
    boolean indexed = call.path("index").isNumber();
    long index =
        indexed
            ? Json.count(call, "index")
            : id.isPresent() || calls.isEmpty() ? callCount : callCount - 1;
    Integer number = calls.get(index);
    boolean other =
        number != null && id.isPresent() && !id.get().equals(ids.getOrDefault(number, ""));
    if (number == null || other) {
      number = callCount++;
      calls.put(index, number);
      String known = id.orElseGet(() -> "call_" + UUID.randomUUID());
      ids.put(number, known);
      out.accept(new Event.CallBegun(number, known, Json.stringOr(function, "name", "")));
    }
    JsonNode arguments = function.path("arguments");
    String more = arguments.isObject() ? Json.text(arguments) : arguments.asString("");
    if (!more.isEmpty()) {
      out.accept(new Event.CallMore(number, more));
    }
  }

  private static void count(JsonNode usage, Consumer<Event> out) {
    if (usage.isObject()) {
      var counted = OpenAiUsage.read(Members.scan(Json.bytes(usage)), true);
      if (counted != null) {
        out.accept(new Event.Counted(counted));
      }
    }
  }
}
