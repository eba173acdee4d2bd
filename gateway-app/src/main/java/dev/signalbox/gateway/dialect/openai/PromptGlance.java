package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.dialect.Lengths;
import dev.signalbox.gateway.dialect.Opening;
import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a look at the prompt tells: how long it is about, what it holds beside text, how it opens.
///
/// @param tokens estimated: a quarter of the text's bytes, and four for each message. Data URLs do
///   not count as text; each part that is not text counts a thousand.
/// @param openingHash of the first system and the first other message; 0 where there is none
record PromptGlance(long tokens, Set<String> modalities, long openingHash) {
  /// Of a text completion's prompt or an embedding's input.
  static PromptGlance of(Members members, String name) {
    Span span = members.value(name);
    if (span == null) {
      throw Problem.invalidRequest(name + ": missing");
    }
    char kind = members.kind(name);
    if (kind != '"' && kind != '[') {
      throw Problem.invalidRequest(name + ": neither a string nor an array");
    }
    return new PromptGlance(Lengths.promptTokens(span.length(), 0, 0), Set.of(), 0);
  }

  static PromptGlance ofMessages(byte[] body, Members members) {
    Span messages = members.value("messages");
    if (messages == null && members.has("prompt")) {
      return of(members, "prompt");
    }
    if (messages == null || members.kind("messages") != '[') {
      throw Problem.invalidRequest("messages: missing, or not an array");
    }
    var reading = new Reading(body);
    members.elements(messages, reading::message);
    if (reading.messages == 0) {
      throw Problem.invalidRequest("messages: empty");
    }
    long tools = members.has("tools") ? members.span("tools").length() : 0;
    return new PromptGlance(
        Lengths.promptTokens(reading.bytes + tools, reading.messages, reading.media),
        reading.modalities,
        reading.opening());
  }

  private static final class Reading {
    final byte[] body;
    final Set<String> modalities = new HashSet<>();
    long bytes;
    int messages;
    int media;
    Optional<Span> system = Optional.empty();
    Optional<Span> other = Optional.empty();

    Reading(byte[] body) {
      this.body = body;
    }

    void message(int index, Span span, @Nullable Members message) {
      if (message == null) {
        throw Problem.invalidRequest("messages[%d]: not an object".formatted(index));
      }
      messages++;
      String role =
          message
              .text("role")
              .orElseThrow(
                  () -> Problem.invalidRequest("messages[%d].role: missing".formatted(index)));
      boolean instructs = role.equals("system") || role.equals("developer");
      if (instructs && system.isEmpty()) {
        system = Optional.of(span);
      } else if (!instructs && other.isEmpty()) {
        other = Optional.of(span);
      }
      Span content = message.value("content");
      if (content == null) {
        bytes += span.length();
        return;
      }
      switch (message.kind("content")) {
        case '"' -> bytes += content.length();
        case '[' -> message.elements(content, (_, _, part) -> part(part, index));
        default ->
            throw Problem.invalidRequest(
                "messages[%d].content: neither a string nor an array".formatted(index));
      }
    }

    private void part(@Nullable Members part, int index) {
      if (part == null) {
        throw Problem.invalidRequest("messages[%d].content: a part is no object".formatted(index));
      }
      String type = part.text("type").orElse("text");
      String modality =
          switch (type) {
            case "image_url" -> "image";
            case "input_audio" -> "audio";
            case "video_url", "input_video" -> "video";
            case "file" -> "file";
            default -> "";
          };
      if (modality.isEmpty()) {
        bytes += part.has("text") ? part.span("text").length() : 0;
      } else {
        modalities.add(modality);
        media++;
      }
    }

    long opening() {
      return other.map(first -> Opening.hash(body, system, first)).orElse(0L);
    }
  }
}
