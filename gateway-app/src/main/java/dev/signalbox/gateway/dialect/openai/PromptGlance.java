package dev.signalbox.gateway.dialect.openai;

import dev.signalbox.gateway.problem.Problem;
import dev.signalbox.gateway.wire.Members;
import dev.signalbox.gateway.wire.Members.Span;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a look at the prompt tells: how long it is about, what it holds beside text, how it opens.
///
/// @param tokens estimated: a quarter of the text's bytes, and four for each message. Data URLs do
///   not count as text; each part that is not text counts a thousand.
/// @param openingHash of the first system and the first other message; 0 where there is none
record PromptGlance(long tokens, Set<String> modalities, long openingHash) {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME = 0x9E3779B185EBCA87L;
  private static final int BYTES_PER_TOKEN = 4;
  private static final int TOKENS_PER_MESSAGE = 4;
  private static final int TOKENS_PER_MEDIUM = 1000;

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
    return new PromptGlance(tokens(span.length()), Set.of(), 0);
  }

  private static long tokens(long bytes) {
    return Math.max(1, bytes / BYTES_PER_TOKEN);
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
    Members.elements(
        body, messages, (index, span, message) -> reading.message(index, span, message));
    if (reading.messages == 0) {
      throw Problem.invalidRequest("messages: empty");
    }
    long tools = members.has("tools") ? members.span("tools").length() : 0;
    return new PromptGlance(
        tokens(reading.bytes + tools)
            + (long) reading.messages * TOKENS_PER_MESSAGE
            + (long) reading.media * TOKENS_PER_MEDIUM,
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
        case '[' -> Members.elements(body, content).forEach(part -> part(part, index));
        default ->
            throw Problem.invalidRequest(
                "messages[%d].content: neither a string nor an array".formatted(index));
      }
    }

    private void part(Span span, int index) {
      if (body[span.from()] != '{') {
        throw Problem.invalidRequest("messages[%d].content: a part is no object".formatted(index));
      }
      Members part = Members.within(body, span);
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
      if (other.isEmpty()) {
        return 0;
      }
      long hash = 0xcbf29ce484222325L;
      for (Optional<Span> span : List.of(system, other)) {
        if (span.isPresent()) {
          hash = hash(hash, body, span.get());
        }
      }
      return hash;
    }

    /// Takes in eight bytes at a time: a prompt may be long.
    private static long hash(long seed, byte[] body, Span span) {
      long hash = seed ^ span.length();
      int at = span.from();
      for (; at <= span.to() - Long.BYTES; at += Long.BYTES) {
        hash = Long.rotateLeft((hash ^ (long) WORDS.get(body, at)) * PRIME, 29);
      }
      for (; at < span.to(); at++) {
        hash = (hash ^ body[at]) * 0x100000001b3L;
      }
      return hash ^ hash >>> 32;
    }
  }
}
