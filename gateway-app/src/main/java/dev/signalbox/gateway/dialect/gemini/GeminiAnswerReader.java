package dev.signalbox.gateway.dialect.gemini;

import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.pricing.Usage;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Reads one answer of Gemini's. A frame of a stream looks like a whole answer.
final class GeminiAnswerReader implements AnswerReader {
  private boolean named;
  private int calls;
  private int thoughts;

  @Override
  public boolean frame(String name, JsonNode data, Consumer<Event> out) {
    whole(data, out);
    return false;
  }

  @Override
  public void whole(JsonNode body, Consumer<Event> out) {
    if (body.path("error").isObject() || body.isArray()) {
      JsonNode error = body.isArray() ? body.path(0).path("error") : body.path("error");
      long status = Json.count(error, "code");
      out.accept(new Event.Failed(Faults.of(status >= 400 ? (int) status : 502, body)));
      return;
    }
    if (!named) {
      named = true;
      Json.string(body, "responseId").ifPresent(id -> out.accept(new Event.Named(id)));
    }
    JsonNode candidate = body.path("candidates").path(0);
    candidate.path("content").path("parts").forEach(part -> part(part, out));
    count(body.path("usageMetadata"), out);
    Json.string(candidate, "finishReason")
        .or(() -> Json.string(body.path("promptFeedback"), "blockReason"))
        .ifPresent(raw -> out.accept(new Event.Stopped(reason(raw), raw, Optional.empty())));
  }

  private void part(JsonNode part, Consumer<Event> out) {
    Optional<String> signature = Json.string(part, "thoughtSignature");
    if (part.path("functionCall").isObject()) {
      call(part.path("functionCall"), signature, out);
      return;
    }
    Json.string(part, "text")
        .filter(text -> !text.isEmpty())
        .ifPresent(
            text ->
                out.accept(
                    Json.isTrue(part, "thought")
                        ? new Event.ThoughtMore(0, text, GeminiContents.FORMAT)
                        : new Event.TextMore(text)));
    JsonNode inline = part.path("inlineData");
    if (inline.isObject()) {
      String type = Json.stringOr(inline, "mimeType", "image/png");
      out.accept(
          new Event.Pictured("data:" + type + ";base64," + Json.stringOr(inline, "data", "")));
    }
  }

  private void call(JsonNode call, Optional<String> signature, Consumer<Event> out) {
    String id = Json.string(call, "id").orElseGet(() -> "call_" + UUID.randomUUID());
    signature.ifPresent(
        proof ->
            out.accept(
                new Event.ThoughtSealed(
                    ++thoughts, proof, Optional.of(id), GeminiContents.FORMAT)));
    out.accept(new Event.CallBegun(calls, id, Json.stringOr(call, "name", "")));
    JsonNode arguments = call.path("args");
    out.accept(new Event.CallMore(calls, arguments.isObject() ? Json.text(arguments) : "{}"));
    calls++;
  }

  private StopReason reason(String raw) {
    return switch (raw) {
      case "STOP" -> calls > 0 ? StopReason.TOOL_CALLS : StopReason.STOP;
      case "MAX_TOKENS" -> StopReason.LENGTH;
      case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY" ->
          StopReason.CONTENT_FILTER;
      case "MALFORMED_FUNCTION_CALL" -> StopReason.ERROR;
      default -> StopReason.STOP;
    };
  }

  /// Cached tokens are counted in the prompt, thoughts beside the candidates.
  private static void count(JsonNode usage, Consumer<Event> out) {
    if (!usage.isObject()) {
      return;
    }
    long prompt =
        Json.count(usage, "promptTokenCount") + Json.count(usage, "toolUsePromptTokenCount");
    long cached = Math.min(prompt, Json.count(usage, "cachedContentTokenCount"));
    long audio = Math.min(prompt - cached, modality(usage.path("promptTokensDetails"), "AUDIO"));
    long answer = Json.count(usage, "candidatesTokenCount");
    long images = Math.min(answer, modality(usage.path("candidatesTokensDetails"), "IMAGE"));
    out.accept(
        new Event.Counted(
            new Usage(
                prompt - cached - audio,
                audio,
                cached,
                0,
                0,
                answer - images,
                Json.count(usage, "thoughtsTokenCount"),
                0,
                images,
                0,
                0)));
  }

  private static long modality(JsonNode details, String modality) {
    long tokens = 0;
    for (JsonNode detail : details) {
      if (Json.stringOr(detail, "modality", "").equals(modality)) {
        tokens += Json.count(detail, "tokenCount");
      }
    }
    return tokens;
  }
}
