package dev.signalbox.gateway.dialect.gemini;

import dev.signalbox.gateway.dialect.canonical.Counts;
import dev.signalbox.gateway.dialect.canonical.Event;
import dev.signalbox.gateway.dialect.canonical.Json;
import dev.signalbox.gateway.dialect.canonical.StopReason;
import dev.signalbox.gateway.dialect.conversion.AnswerReader;
import dev.signalbox.gateway.dialect.conversion.Faults;
import dev.signalbox.pricing.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads one answer of Gemini's. A frame of a stream looks like a whole answer.
final class GeminiAnswerReader implements AnswerReader {
  private boolean named;
  private int calls;
  private int thoughts;
  private long searches;

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
    searches = Math.max(searches, searches(body, candidate));
    count(body.path("usageMetadata"), out);
    Json.string(candidate, "finishReason")
        .ifPresent(
            raw -> {
              Json.string(candidate, "finishMessage")
                  .filter(_ -> reason(raw) == StopReason.CONTENT_FILTER)
                  .ifPresent(words -> out.accept(new Event.RefusalMore(words)));
              odds(candidate.path("logprobsResult"), out);
              out.accept(new Event.Stopped(reason(raw), raw, Optional.empty()));
            });
    Json.string(body.path("promptFeedback"), "blockReason")
        .ifPresent(
            raw -> out.accept(new Event.Stopped(StopReason.CONTENT_FILTER, raw, Optional.empty())));
  }

  private void part(JsonNode part, Consumer<Event> out) {
    Optional<String> signature = Json.string(part, "thoughtSignature");
    if (part.path("functionCall").isObject()) {
      call(part.path("functionCall"), signature, out);
      return;
    }
    if (Json.isTrue(part, "thought") && part.path("inlineData").isObject()) {
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
    signature.ifPresent(
        proof ->
            out.accept(
                new Event.ThoughtSealed(
                    ++thoughts, proof, Optional.empty(), GeminiContents.FORMAT)));
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
      case "SAFETY",
          "RECITATION",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "LANGUAGE",
          "MODEL_ARMOR",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION" ->
          StopReason.CONTENT_FILTER;
      case "MALFORMED_FUNCTION_CALL",
          "MALFORMED_RESPONSE",
          "MISSING_THOUGHT_SIGNATURE",
          "UNEXPECTED_TOOL_CALL",
          "TOO_MANY_TOOL_CALLS",
          "NO_IMAGE" ->
          StopReason.ERROR;
      default -> calls > 0 ? StopReason.TOOL_CALLS : StopReason.STOP;
    };
  }

  /// Cached tokens are counted in the prompt, thoughts beside the candidates.
  private void count(JsonNode usage, Consumer<Event> out) {
    Json.string(usage, "serviceTier").ifPresent(tier -> out.accept(new Event.Tiered(tier)));
    // The first frames may tell of the traffic only.
    if (!usage.has("promptTokenCount") || !Counts.areBelievable(usage)) {
      return;
    }
    long prompt =
        Json.count(usage, "promptTokenCount") + Json.count(usage, "toolUsePromptTokenCount");
    long cached = Math.min(prompt, Json.count(usage, "cachedContentTokenCount"));
    JsonNode prompts = usage.path("promptTokensDetails");
    JsonNode caches = usage.path("cacheTokensDetails");
    // What came from the cache is counted there.
    long audioCached = Math.min(cached, modality(caches, "AUDIO"));
    long audio = Math.clamp(modality(prompts, "AUDIO") - audioCached, 0, prompt - cached);
    long seen =
        Math.clamp(
            modality(prompts, "IMAGE") - modality(caches, "IMAGE"), 0, prompt - cached - audio);
    long answer = Json.count(usage, "candidatesTokenCount");
    JsonNode details = usage.path("candidatesTokensDetails");
    long images = Math.min(answer, modality(details, "IMAGE"));
    long spoken = Math.min(answer - images, modality(details, "AUDIO"));
    out.accept(
        new Event.Counted(
            new Usage(
                prompt - cached - audio - seen,
                seen,
                audio,
                cached - audioCached,
                audioCached,
                0,
                0,
                answer - images - spoken,
                Json.count(usage, "thoughtsTokenCount"),
                spoken,
                images,
                0,
                searches)));
  }

  /// Google charges each query that is not empty; up to Gemini 2, each answer that searched at all.
  private static long searches(JsonNode body, JsonNode candidate) {
    long queries = 0;
    for (JsonNode query : candidate.path("groundingMetadata").path("webSearchQueries")) {
      queries += query.asString("").isBlank() ? 0 : 1;
    }
    String model = Json.stringOr(body, "modelVersion", "");
    boolean byAnswer = model.startsWith("gemini-1") || model.startsWith("gemini-2");
    return byAnswer ? Math.min(queries, 1) : queries;
  }

  private static void odds(JsonNode result, Consumer<Event> out) {
    JsonNode chosen = result.path("chosenCandidates");
    if (chosen.isEmpty()) {
      return;
    }
    var tree = Json.object();
    var content = tree.putArray("content");
    for (int at = 0; at < chosen.size(); at++) {
      var token = odds(chosen.path(at));
      var rivals = token.putArray("top_logprobs");
      result
          .path("topCandidates")
          .path(at)
          .path("candidates")
          .forEach(rival -> rivals.add(odds(rival)));
      content.add(token);
    }
    out.accept(new Event.Likelihoods(tree.putNull("refusal")));
  }

  private static ObjectNode odds(JsonNode candidate) {
    String text = Json.stringOr(candidate, "token", "");
    var token = Json.object().put("token", text);
    token.set("logprob", candidate.path("logProbability"));
    var bytes = token.putArray("bytes");
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(b & 0xFF);
    }
    return token;
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
